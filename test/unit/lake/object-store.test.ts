import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { S3Store } from '../../../tasks/lake/s3-store';
import { ConfigurationError } from '../../../tasks/platform/errors';
import { MemoryStore } from '../../support/memory-store';
import { describeObjectStore } from '../../support/object-store-contract';
import { type Asked, type Fate, type StandInS3, startStandInS3 } from '../../support/stand-in-s3';

let s3: StandInS3;
beforeEach(async () => {
	s3 = await startStandInS3();
	// As few as make every listing of the tests one of several pages.
	s3.pageSize = 2;
});
afterEach(() => s3.close());
const store = (bucket = 'lake') =>
	new S3Store(
		new S3Client({
			endpoint: s3.endpoint,
			region: 'us-east-1',
			credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
			forcePathStyle: true,
			maxAttempts: 3,
		}),
		bucket,
	);

describeObjectStore('a bucket in memory', async () => {
	const other = new MemoryStore({ bucket: 'other' });
	return { store: new MemoryStore({ others: { other } }), other, otherBucket: 'other' };
});
describeObjectStore('a bucket of S3', async () => ({ store: store(), other: store('other'), otherBucket: 'other' }));

test('the files of a bucket that keeps no versions are refused: an overwritten one could not be told from its successor', async () => {
	s3.objects.set('incoming/orders_1.csv', Buffer.from('text'));
	const listed = store().listVersions('incoming/')[Symbol.asyncIterator]().next();
	await expect(listed).rejects.toThrow(/^s3:\/\/lake\/incoming\/orders_1.csv has no version: .* Turn on versioning/);
	await expect(listed).rejects.toBeInstanceOf(ConfigurationError);
});

describe('a file of 20 MiB', () => {
	const content = Buffer.alloc(20 * 1024 ** 2, 'shoplake');
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
		await writeFile(join(folder, 'large'), content);
	});
	afterAll(() => rm(folder, { recursive: true }));

	/** Uploads it where requests have fates of their own; each is called by its method and number of the part. */
	async function upload(fates: Readonly<Record<string, Fate[]>> = {}) {
		const label = ({ method, query }: Asked) => {
			const part = query.get('partNumber');
			return `${method}${query.has('uploads') ? ' begin' : part === null ? '' : ` part ${part}`}`;
		};
		s3.fate = (asked) => fates[label(asked)]?.shift() ?? 'well';
		const error = await store()
			.upload(join(folder, 'large'), 'key')
			.then(
				() => undefined,
				(thrown) => thrown,
			);
		return { error, requests: s3.asked.map(label).sort() };
	}
	const inThreeParts = ['POST', 'POST begin', 'PUT part 1', 'PUT part 2', 'PUT part 3'];

	it('goes up in parts of 8 MiB, each with its checksum', async () => {
		expect(await upload()).toEqual({ error: undefined, requests: inThreeParts });
		expect(s3.objects.get('key')?.equals(content)).toBe(true);
		expect(s3.uploads.size).toBe(0);
		for (const { headers } of s3.asked.filter(({ method }) => method === 'PUT')) {
			expect(headers['x-amz-checksum-crc32']).toMatch(/^.{6}==$/);
		}
	});

	it('has only the part sent again that failed', async () => {
		const { error, requests } = await upload({ 'PUT part 2': ['failed', 'brokenOff'] });
		expect(error).toBeUndefined();
		expect(requests).toEqual([...inThreeParts, 'PUT part 2', 'PUT part 2'].sort());
		expect(s3.objects.get('key')?.equals(content)).toBe(true);
		expect(s3.uploads.size).toBe(0);
	});

	it('leaves no parts where one of them fails for good', async () => {
		const { error } = await upload({ 'PUT part 2': ['failed', 'failed', 'failed'] });
		expect(error).toMatchObject({ name: 'InternalError' });
		expect(s3.objects.size).toBe(0);
		expect(s3.uploads.size).toBe(0);
	});

	it('is whole where the answer to its completion is lost', async () => {
		const { error } = await upload({ POST: ['doneLost'] });
		expect(error).toBeUndefined();
		expect(s3.objects.get('key')?.equals(content)).toBe(true);
		expect(s3.uploads.size).toBe(0);
	});
});
