import { S3Client } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { DropLock } from '../../../../tasks/filedrop/lock';
import { Lake, newAttempt } from '../../../../tasks/lake';
import { S3Store } from '../../../../tasks/lake/s3-store';
import { TryAgainError } from '../../../../tasks/platform/errors';
import { type Fate, type StandInS3, startStandInS3 } from '../../../support/stand-in-s3';

const now = new Date('2026-11-21T12:00:00Z');
const clock = () => now;
let s3: StandInS3;
beforeAll(async () => {
	s3 = await startStandInS3();
});
afterAll(() => s3.close());

/** A client as a process of its own has one. */
const client = () =>
	new S3Client({
		endpoint: s3.endpoint,
		region: 'us-east-1',
		credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
		forcePathStyle: true,
		maxAttempts: 5,
	});

/** What happens to the writes and deletions that come, in their order; one request is not hit more often than it is tried. */
const troubles = fc.array(
	fc.constantFrom<Fate>('well', 'well', 'conflict', 'failed', 'brokenOff', 'doneFailed', 'doneLost'),
	{ minLength: 8, maxLength: 24 },
);
function bring(fates: readonly Fate[]): void {
	const left = [...fates];
	const inARow = new Map<string, number>();
	s3.objects.clear();
	s3.fate = ({ method, key }) => {
		const request = `${method} ${key}`;
		const fate = method === 'GET' ? 'well' : (left.shift() ?? 'well');
		const hits = fate === 'well' ? 0 : (inARow.get(request) ?? 0) + 1;
		inARow.set(request, hits > 3 ? 0 : hits);
		return hits > 3 ? 'well' : fate;
	};
}

const tableManifest = (partitions: readonly string[]) => ({
	format: 1 as const,
	table: 'silver_orders',
	contract: 1,
	partitions: Object.fromEntries(
		partitions.map((name) => [name, { version: name, files: [], rows: 1, fingerprint: name }]),
	),
});
async function add(partition: string): Promise<void> {
	const lake = new Lake(new S3Store(client(), 'lake'), clock);
	const run = { task: partition, runId: partition, attempt: newAttempt(), startedAt: now };
	await lake.transact(run, async (snapshot) => {
		const { partitions } = await snapshot.table('silver_orders');
		return { tables: { silver_orders: tableManifest([...Object.keys(partitions), partition]) } };
	});
}

describe('commits to S3', () => {
	it('take effect once each, whatever S3 answers and whichever answers are lost', async () => {
		await fc.assert(
			fc.asyncProperty(troubles, async (fates) => {
				bring(fates);
				const names = ['a', 'b', 'c'];
				await Promise.all(names.map(add));
				s3.fate = () => 'well';
				const lake = new Lake(new S3Store(client(), 'lake'), clock);
				const heads = await lake.history();
				expect(heads.map(({ number }) => number)).toEqual([1, 2, 3]);
				expect(heads.map(({ task }) => task).sort()).toEqual(names);
				expect(Object.keys((await (await lake.newest()).table('silver_orders')).partitions).sort()).toEqual(names);
			}),
			{ numRuns: 4 },
		);
	});

	it('that meet in one run don’t take each other for their own', async () => {
		bring([]);
		const run = { task: 'load', runId: 'load', attempt: newAttempt(), startedAt: now };
		const store = new S3Store(client(), 'lake');
		const commit = (partition: string) =>
			new Lake(store, clock).transact(run, async (snapshot) => {
				const { partitions } = await snapshot.table(partition);
				return { tables: { [partition]: { ...tableManifest([...Object.keys(partitions), 'x']), table: partition } } };
			});
		await Promise.all([commit('one'), commit('two')]);
		expect(Object.keys((await new Lake(store, clock).newest()).head.tables).sort()).toEqual(['one', 'two']);
	});
});

describe('a conditional write that S3 answers by 409', () => {
	it('is sent again until S3 says who has won', async () => {
		bring(['conflict', 'conflict']);
		const store = new S3Store(client(), 'lake');
		expect(await store.createText('key', 'text')).toBe(true);
		expect(await store.createText('key', 'other')).toBe(false);
		expect(s3.objects.get('key')?.toString()).toBe('text');
	});

	it('ends so that the task is run again where that goes on', async () => {
		bring([]);
		s3.fate = () => 'conflict';
		const refused = new S3Store(client(), 'lake').createText('key', 'text');
		await expect(refused).rejects.toThrow(/^s3:\/\/lake\/key is constantly being changed by others/);
		await expect(refused).rejects.toBeInstanceOf(TryAgainError);
	});
});

describe('the lock of the file drop', () => {
	it('goes from holder to holder, whatever S3 answers and whichever answers are lost', async () => {
		await fc.assert(
			fc.asyncProperty(troubles, async (fates) => {
				bring(fates);
				const newLock = () => new DropLock(new S3Store(client(), 'drop'), 'incoming/pipeline.lock', clock);
				const claim = (holder: string) => ({ holder, attempt: holder, leaseMs: 60_000 });
				const [one, other] = [newLock(), newLock()];
				expect((await one.acquire(claim('one'))).holder).toBe('one');
				expect((await other.acquire(claim('other'))).holder).toBe('one');
				expect(await other.release('other')).toBe(false);
				expect(await one.release('one')).toBe(true);
				expect((await other.acquire(claim('other'))).holder).toBe('other');
				expect(await other.release('other')).toBe(true);
				expect(await one.current()).toBeUndefined();
			}),
			{ numRuns: 4 },
		);
	});
});
