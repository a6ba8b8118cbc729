import { failureExitCode } from '../../../tasks/platform/failure';
import { RetryBudget } from '../../../tasks/platform/retry';
import { runOnAthena } from '../../../tasks/query/athena-engine';
import { collectRows } from '../../../tasks/query/query-result';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { athenaError, type Behaviour, standIn } from '../../support/stand-in-athena';

/** Runs a statement on a stand-in; `held` is the work that the task may not end in the middle of. */
function run(behaviour: Behaviour, { signal = new AbortController().signal, sql = 'select 1' } = {}) {
	const { client, requests } = standIn(behaviour);
	const { context } = testContext({ store: new MemoryStore() });
	const held: Promise<unknown>[] = [];
	const aws = { ...context.aws, athena: async () => client };
	const hold = <T>(work: Promise<T>) => {
		held.push(work);
		return work;
	};
	const retries = new RetryBudget(0);
	const answer = runOnAthena({ aws, config: context.config, signal, hold }, { file: 'q.sql', sql }, { retries }).then(
		collectRows,
	);
	return { answer, requests, held };
}

const header = ['name', 'n'];

describe('rows of Athena', () => {
	it('come from all pages, without the header', async () => {
		const pages = {
			'': { rows: [header, ['a', '1']], next: 'p2' },
			p2: { rows: [], next: 'p3' },
			p3: {
				rows: [
					['name', 'n'],
					['b', null],
				],
			},
		};
		const { answer } = run({ pages });
		expect(await answer).toEqual({
			columns: [
				{ name: 'name', kind: 'text' },
				{ name: 'n', kind: 'number' },
			],
			rows: [
				['a', '1'],
				['name', 'n'],
				['b', null],
			],
		});
	});

	it('leave out the header even if the first page is empty', async () => {
		const { answer } = run({ pages: { '': { rows: [], next: 'p2' }, p2: { rows: [header, ['a', '1']] } } });
		expect((await answer).rows).toEqual([['a', '1']]);
	});

	it('have no header unless the statement is a SELECT', async () => {
		const { answer } = run({ type: 'UTILITY', pages: { '': { rows: [header] } } });
		expect((await answer).rows).toEqual([header]);
	});

	it('are fetched page by page, as they are read', async () => {
		const pages = { '': { rows: [header, ['a', '1']], next: 'p2' }, p2: { rows: [['b', '2']] } };
		const { client, requests } = standIn({ pages });
		const { context } = testContext({ store: new MemoryStore() });
		const aws = { ...context.aws, athena: async () => client };
		const { rows } = await runOnAthena({ ...context, aws, config: context.config }, { file: 'q.sql', sql: 'select 1' });
		for await (const _ of rows) break;
		expect(requests.filter((name) => name === 'GetQueryResults')).toHaveLength(1);
	});

	it('end with an error if Athena returns the same page again and again', async () => {
		const pages = { '': { rows: [header], next: 'p2' }, p2: { rows: [['a', '1']], next: 'p2' } };
		await expect(run({ pages }).answer).rejects.toMatchObject({ exitCode: 75 });
	});
});

describe('an error of Athena', () => {
	const failsAt = (request: string, error: Error): Behaviour => ({
		pages: { '': { rows: [header], next: 'p2' } },
		before: (name) => {
			if (name === request) throw error;
		},
	});

	it.each<[what: string, behaviour: Behaviour, exitCode: number, message: string]>([
		[
			'a statement that is wrong',
			failsAt(
				'StartQueryExecution',
				athenaError('InvalidRequestException', 'mismatched input', { AthenaErrorCode: 'MALFORMED_QUERY' }),
			),
			65,
			'q.sql: mismatched input',
		],
		[
			'a workgroup that does not exist',
			failsAt('StartQueryExecution', athenaError('InvalidRequestException', 'WorkGroup shoplake is not found.')),
			78,
			'Athena workgroup primary: WorkGroup shoplake is not found. (SHOPLAKE_WORKGROUP names it.)',
		],
		[
			'too many requests',
			failsAt(
				'StartQueryExecution',
				athenaError(
					'TooManyRequestsException',
					'You have exceeded the limit for the number of queries you can run concurrently.',
				),
			),
			75,
			'You have exceeded the limit',
		],
		[
			'too many requests meanwhile',
			failsAt('GetQueryExecution', athenaError('TooManyRequestsException', 'Rate exceeded')),
			75,
			'Rate exceeded',
		],
		[
			'a query that Athena has lost',
			failsAt('GetQueryExecution', athenaError('InvalidRequestException', 'QueryExecution q1 was not found')),
			75,
			'Athena does not return the state of query q1: QueryExecution q1 was not found',
		],
		[
			'results that are gone',
			failsAt('GetQueryResults', athenaError('InvalidRequestException', 'Could not find results')),
			75,
			'Athena does not return the results of query q1: Could not find results',
		],
		[
			'trouble within Athena',
			failsAt('GetQueryResults', athenaError('InternalServerException', 'oops', {}, 500)),
			75,
			'oops',
		],
		[
			'a query that fails by the statement',
			{
				states: [
					{ State: 'RUNNING' },
					{ State: 'FAILED', StateChangeReason: 'TABLE_NOT_FOUND:\n line 1:1', AthenaError: { ErrorCategory: 2 } },
				],
			},
			65,
			'q.sql: TABLE_NOT_FOUND: line 1:1',
		],
		[
			'a query that fails by Athena',
			{ states: [{ State: 'FAILED', StateChangeReason: 'Exhausted resources', AthenaError: { ErrorCategory: 1 } }] },
			75,
			'Athena ended the query as FAILED: Exhausted resources',
		],
		[
			'a query that somebody else stops',
			{ states: [{ State: 'CANCELLED', StateChangeReason: 'by user' }] },
			75,
			'Athena ended the query as CANCELLED: by user',
		],
	])('%s', async (_, behaviour, exitCode, message) => {
		const error = await run(behaviour).answer.then(
			() => undefined,
			(error: Error) => error,
		);
		expect([failureExitCode(error), error?.message]).toEqual([exitCode, expect.stringContaining(message)]);
	});

	it('is reported before a request if a statement is too long', async () => {
		const { answer, requests } = run({}, { sql: `select '${'x'.repeat(262_144)}'` });
		await expect(answer).rejects.toMatchObject({
			exitCode: 65,
			message: expect.stringContaining('at most 262144 bytes'),
		});
		expect(requests).toEqual([]);
	});

	it('stops the query, which nobody waits for any more', async () => {
		const { answer, requests } = run({
			before: (name, count) => {
				if (name === 'GetQueryExecution' && count === 1) throw athenaError('TooManyRequestsException', 'Rate exceeded');
			},
		});
		await expect(answer).rejects.toThrow('Rate exceeded');
		const asked = ['GetQueryExecution', 'GetQueryExecution'];
		expect(requests).toEqual(['StartQueryExecution', 'GetQueryExecution', 'StopQueryExecution', ...asked]);
	});
});

describe('a task that is stopped', () => {
	it.each(['StartQueryExecution', 'GetQueryExecution'])(
		'stops its query, and waits for its end, when the signal comes during %s',
		async (during) => {
			const stop = new AbortController();
			const { answer, requests, held } = run(
				{
					states: [{ State: 'RUNNING' }],
					before: (name) => {
						if (name === during) stop.abort();
					},
				},
				{ signal: stop.signal },
			);
			await expect(answer).rejects.toThrow();
			await Promise.allSettled(held);
			expect(held).toHaveLength(1);
			expect(requests.slice(-3)).toEqual(['StopQueryExecution', 'GetQueryExecution', 'GetQueryExecution']);
		},
	);

	it('starts no query after the signal', async () => {
		const { answer, requests } = run({}, { signal: AbortSignal.abort() });
		await expect(answer).rejects.toThrow();
		expect(requests).toEqual([]);
	});

	it('ends even if the query can’t be stopped', async () => {
		const stop = new AbortController();
		const { answer } = run(
			{
				states: [{ State: 'RUNNING' }],
				before: (name) => {
					if (name === 'GetQueryExecution') stop.abort();
					if (name === 'StopQueryExecution') throw athenaError('InternalServerException', 'oops', {}, 500);
				},
			},
			{ signal: stop.signal },
		);
		await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
	});
});
