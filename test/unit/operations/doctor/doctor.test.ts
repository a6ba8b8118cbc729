import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext } from '../../../../tasks/context';
import { checkHealth, summarizeHealth } from '../../../../tasks/operations/doctor';
import { describeFailure } from '../../../../tasks/operations/doctor/describe-failure';
import { type CheckResult, runInTurn } from '../../../../tasks/operations/doctor/health-check';
import { storage } from '../../../../tasks/operations/doctor/storage';
import { ConfigurationError, TryAgainError } from '../../../../tasks/platform/errors';
import { testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';

const brief = (findings: readonly CheckResult[]) =>
	findings.map(({ check, status, detail }) => [check, status, detail]);
const check = (name: string, run: () => Promise<string>) => ({ name, run });
const named = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('checks in turn', () => {
	it('skips the checks after one that failed', async () => {
		const findings = await runInTurn([
			check('first', async () => 'as it should be'),
			{ ...check('aside', async () => 'never asked'), skip: 'not wanted' },
			check('second', async () => {
				throw new ConfigurationError('It is wrong. Mend it.');
			}),
			check('third', async () => 'never asked'),
		]);
		expect(brief(findings)).toEqual([
			['first', 'ok', 'as it should be'],
			['aside', 'skipped', 'not wanted'],
			['second', 'failed', 'It is wrong. Mend it.'],
			['third', 'skipped', 'not tried after second failed'],
		]);
	});

	it('fails a check that does not answer in time', async () => {
		jest.useFakeTimers();
		try {
			const findings = runInTurn([check('silent', () => new Promise(() => undefined))]);
			await jest.advanceTimersByTimeAsync(15_000);
			expect(await findings).toMatchObject([
				{
					check: 'silent',
					status: 'failed',
					isRetryable: true,
					detail: expect.stringMatching(/^There is no answer after 15 s/),
				},
			]);
		} finally {
			jest.useRealTimers();
		}
	});
});

describe('the summary of all checks', () => {
	const finding = (check: string, status: CheckResult['status'], passing?: boolean): CheckResult => ({
		check,
		status,
		detail: `about ${check}`,
		seconds: 0,
		...(passing === undefined ? {} : { isRetryable: passing }),
	});

	it.each([
		['nothing failed', [finding('a', 'ok'), finding('b', 'skipped')], { exitCode: 0 }],
		['no answer', [finding('a', 'failed', true), finding('b', 'ok')], { exitCode: 75, error: 'a failed: about a' }],
		[
			'a wrong setting and no answer: a retry would not help',
			[finding('a', 'failed', true), finding('b', 'failed', false), finding('c', 'ok')],
			{ exitCode: 78, error: 'b failed (and 1 more of 3 checks): about b' },
		],
	])('%s', (_, findings, expected) => {
		expect(summarizeHealth(findings)).toEqual(expected);
	});
});

describe('the description of a failure', () => {
	it.each([
		['NoSuchBucket', 'It is not there', /^NoSuchBucket: It is not there\. Set SHOPLAKE_BUCKET to/],
		['EntityNotFoundException', 'Database x not found.', /Database x not found\. It is part of the stack: deploy/],
		['AccessDenied', 'Access Denied', /Access Denied\. Run it with the role that the stack created/],
		['CredentialsProviderError', 'Could not load', /Use credentials of this account: a role on AWS/],
		['ExpiredTokenException', 'expired', /expired\. Get new credentials/],
		['Error', 'Region is missing', /^No region is set\. Set AWS_REGION\.$/],
		['Strange', 'Something\n  else', /^Strange: Something else\.$/],
	])('%s', (name, message, expected) => {
		expect(describeFailure(named(name, message))).toMatch(expected);
	});

	it('leaves our own messages as they are', () => {
		expect(describeFailure(new TryAgainError('Come back later.'))).toBe('Come back later.');
	});

	it('names the endpoint that does not answer', () => {
		const before = process.env.AWS_ENDPOINT_URL;
		process.env.AWS_ENDPOINT_URL = 'http://127.0.0.1:4566';
		try {
			const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
			expect(describeFailure(refused)).toMatch(
				/^Nothing answers at http:\/\/127\.0\.0\.1:4566 \(ECONNREFUSED\)\. Is the local AWS up/,
			);
		} finally {
			if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
			else process.env.AWS_ENDPOINT_URL = before;
		}
	});
});

describe('the storage of the lake', () => {
	const look = async (store: MemoryStore, dryRun = false) => {
		const { context, dispose } = testContext({ store, buckets: { lake: store } });
		const findings = await runInTurn(storage(context, { dryRun }));
		await dispose();
		return findings;
	};
	const keys = async (store: MemoryStore) => {
		const found: string[] = [];
		for await (const { key } of store.list('')) found.push(key);
		return found;
	};

	it('is healthy; repeated checks leave one object', async () => {
		const store = new MemoryStore();
		await look(store);
		expect(brief(await look(store))).toEqual([
			['s3 list', 'ok', 's3://lake/_heads/ is listed'],
			['lake', 'ok', 'empty'],
			['s3 write', 'ok', '_hints/doctor is written and read back; it stays'],
			['s3 conditional write', 'ok', 'an object that exists is not overwritten: 412'],
		]);
		expect(await keys(store)).toEqual(['_hints/doctor']);
	});

	it('is not written to in a dry run', async () => {
		const store = new MemoryStore();
		expect((await look(store, true)).map(({ status }) => status)).toEqual(['ok', 'ok', 'skipped', 'skipped']);
		expect(await keys(store)).toEqual([]);
	});

	it('fails if a second creation overwrites the first', async () => {
		const careless = new (class extends MemoryStore {
			override async createText(key: string, text: string): Promise<boolean> {
				await this.putText(key, text);
				return true;
			}
		})();
		expect((await look(careless)).at(-1)).toMatchObject({
			check: 's3 conditional write',
			status: 'failed',
			isRetryable: false,
			detail: expect.stringMatching(/overwrites an object in spite of If-None-Match/),
		});
	});

	it('fails if nothing may be written', async () => {
		const guarded = new MemoryStore({
			before: (operation) => {
				if (operation === 'putText') throw named('AccessDenied', 'Access Denied');
			},
		});
		expect((await look(guarded)).slice(2)).toMatchObject([
			{ check: 's3 write', status: 'failed', detail: expect.stringMatching(/^AccessDenied: .*grant that permission/) },
			{ check: 's3 conditional write', status: 'skipped' },
		]);
	});
});

describe('checkHealth', () => {
	it('says what is missing if nothing is set up', async () => {
		const signal = new AbortController().signal;
		const { context, dispose } = createContext({ task: 'doctor', verbose: false, signal, env: {} });
		const findings = await checkHealth(context, { dryRun: false });
		await dispose();
		expect(brief(findings)).toEqual([
			['program', 'ok', expect.stringMatching(/^shoplake \d+\.\d+\.\d+, Node \d+/)],
			['configuration', 'failed', expect.stringMatching(/^SHOPLAKE_BUCKET is not set/)],
			['everything else', 'skipped', 'not tried without a configuration'],
		]);
		expect(summarizeHealth(findings).exitCode).toBe(78);
	});

	it('says so if scratch is not a folder', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
		const file = join(folder, 'file');
		await writeFile(file, '');
		const signal = new AbortController().signal;
		const { context, dispose } = createContext({
			task: 'doctor',
			verbose: false,
			signal,
			env: { SHOPLAKE_BUCKET: 'lake', SHOPLAKE_SCRATCH: file },
		});
		await expect(context.scratch()).rejects.toThrow(
			new ConfigurationError(
				`Nothing can be written to ${file} (ENOTDIR). Mount a volume or tmpfs there that user ${process.getuid?.()} may write to, or set SHOPLAKE_SCRATCH to another folder.`,
			),
		);
		await dispose();
		await rm(folder, { recursive: true });
	});
});
