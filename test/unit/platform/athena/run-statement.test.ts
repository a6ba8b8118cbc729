import { type AthenaSession, runStatement } from '../../../../tasks/platform/athena';
import { costOfStatement, RequestMeter } from '../../../../tasks/platform/aws/cost';
import { failureExitCode } from '../../../../tasks/platform/failure';
import { RetryBudget } from '../../../../tasks/platform/retry';
import { athenaError, type Behaviour, standIn } from '../../../support/stand-in-athena';

const busy = () => athenaError('TooManyRequestsException', 'You have exceeded the limit');
const broken = () => athenaError('InternalServerException', 'oops', {}, 500);

function run(behaviour: Behaviour, options: Partial<AthenaSession> = {}) {
	const { client, requests, tokens } = standIn(behaviour);
	const meter = new RequestMeter();
	const session = { athena: client, workgroup: 'w', database: 'd', signal: new AbortController().signal, meter };
	return { result: runStatement({ ...session, ...options }, 'select 1'), requests, tokens, meter };
}
const failsFirst =
	(request: string, times: number, error: () => Error): NonNullable<Behaviour['before']> =>
	(name, count) => {
		if (name === request && count <= times) throw error();
	};

describe('a busy Athena', () => {
	it.each([
		['refuses', busy],
		['fails, and may have started it,', broken],
	])('that %s twice gets the statement again, under the same token', async (_, error) => {
		const { result, requests, tokens } = run({ before: failsFirst('StartQueryExecution', 2, error) });
		expect(await result).toMatchObject({ id: 'q1' });
		expect(requests.filter((name) => name === 'StartQueryExecution')).toHaveLength(3);
		expect(new Set(tokens).size).toBe(1);
		expect(tokens[0]?.length).toBeGreaterThanOrEqual(32);
	});

	it('is asked again for the state and for the rows', async () => {
		const { result } = run({
			pages: { '': { rows: [['n'], ['1']] } },
			before: (name, count) => {
				if (name !== 'StartQueryExecution' && count === 1) throw busy();
			},
		});
		const rows: (string | null)[][] = [];
		for await (const page of (await (await result).results()).pages) rows.push(...page);
		expect(rows).toEqual([['1', null]]);
	});

	it('is given up when all statements together have waited for the budget', async () => {
		const retries = new RetryBudget(20);
		const always = { before: failsFirst('StartQueryExecution', 1000, busy) };
		const { result } = run(always, { retries });
		expect(failureExitCode(await result.catch((error) => error))).toBe(75);
		const next = run(always, { retries });
		await expect(next.result).rejects.toThrow('exceeded the limit');
		expect(next.requests).toHaveLength(1);
	});
});

it('a statement that may have started when the signal comes is found by its token, and stopped', async () => {
	const stop = new AbortController();
	const { result, requests, tokens } = run(
		{
			states: [{ State: 'RUNNING' }],
			before: (name, count) => {
				if (name !== 'StartQueryExecution' || count > 1) return;
				stop.abort();
				throw broken();
			},
		},
		{ signal: stop.signal },
	);
	await expect(result).rejects.toMatchObject({ name: 'AbortError' });
	expect(new Set(tokens).size).toBe(1);
	expect(requests).toContain('StopQueryExecution');
});

it('a statement that scans more than the limit is stopped, and ends in 78', async () => {
	const { result, requests } = run({ states: [{ State: 'RUNNING' }], scanned: [10, 200] }, { maxScannedBytes: 100 });
	const error = await result.catch((error) => error);
	expect(error.message).toBe(
		'Athena has scanned 200 bytes for a query, and the limit leaves it 100. Raise the limit, or let the query read less.',
	);
	expect(failureExitCode(error)).toBe(78);
	expect(requests).toContain('StopQueryExecution');
});

it.each([
	['the limit of the workgroup', 'CANCELLED', 'Bytes scanned limit was exceeded', 78],
	['a missing permission', 'FAILED', 'PERMISSION_DENIED: Access Denied (Service: Amazon S3)', 78],
	['an error of Athena', 'FAILED', 'Internal', 75],
	['a mistake in the SQL', 'FAILED', 'COLUMN_NOT_FOUND: line 1:8', 65],
])('a statement that ends by %s has its exit code', async (_, State, StateChangeReason, exitCode) => {
	const AthenaError = { ErrorCategory: exitCode === 75 ? 1 : 2 };
	const { result } = run({ states: [{ State, StateChangeReason, AthenaError }] });
	const error = await result.catch((error) => error);
	expect([failureExitCode(error), error.message]).toEqual([exitCode, expect.stringContaining(StateChangeReason)]);
});

test('a statement over the limit of its workgroup says how to go on', async () => {
	const StateChangeReason = 'Query cancelled! : Bytes scanned limit was exceeded';
	const { result } = run({ states: [{ State: 'CANCELLED', StateChangeReason }] });
	await expect(result).rejects.toThrow(
		/^Query cancelled! : Bytes scanned .* the date of the partition; .* QueryScanLimit/,
	);
});

describe('the cost of statements', () => {
	it('is by whole MiB, and that of ten at least', () => {
		expect(costOfStatement(0)).toBeCloseTo((10 * 5) / 1024 ** 2, 12);
		expect(costOfStatement(11 * 1024 ** 2 + 1)).toBeCloseTo((12 * 5) / 1024 ** 2, 12);
		expect(costOfStatement(1024 ** 4)).toBe(5);
	});

	it('counts what succeeded and what was stopped, but not what failed', async () => {
		const done = run({ scanned: [1024 ** 4] });
		expect((await done.result).scannedBytes).toBe(1024 ** 4);
		const failed = run({ states: [{ State: 'FAILED', StateChangeReason: 'x' }], scanned: [1024 ** 4] });
		await expect(failed.result).rejects.toThrow('x');
		const stop = new AbortController();
		const stopped = run(
			{
				states: [{ State: 'RUNNING' }],
				scanned: [1024 ** 4],
				before: (name) => name === 'GetQueryExecution' && stop.abort(),
			},
			{ signal: stop.signal },
		);
		await expect(stopped.result).rejects.toThrow();
		expect([done, failed, stopped].map(({ meter }) => meter.costUsd)).toEqual([5, 0, 5]);
	});
});
