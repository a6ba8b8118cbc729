import {
	type AthenaClient,
	AthenaServiceException,
	GetQueryExecutionCommand,
	GetQueryResultsCommand,
	StartQueryExecutionCommand,
	StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';
import { failureExitCode } from '../../../tasks/platform/failure';
import { runOnAthena } from '../../../tasks/query/athena-engine';
import { collectRows } from '../../../tasks/query/query-result';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

/** An error as Athena gives it. */
const athenaError = (name: string, message: string, more: object = {}, status = 400) =>
	Object.assign(
		new AthenaServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: status } }),
		more,
	);

type Page = { rows: (string | null)[][]; next?: string };

interface Behaviour {
	/** What GetQueryExecution says, one after the other; the last for ever. */
	readonly states?: readonly { State: string; StateChangeReason?: string; AthenaError?: object }[];
	readonly type?: string;
	readonly pages?: Readonly<Record<string, Page>>;
	/** Throws to make a request fail. */
	readonly before?: (request: string) => void;
}

/** An Athena that answers as its documentation says. */
function standIn({ states = [{ State: 'SUCCEEDED' }], type = 'DML', pages = {}, before }: Behaviour) {
	const requests: string[] = [];
	let asked = 0;
	const answer = (command: unknown) => {
		if (command instanceof StartQueryExecutionCommand) return { QueryExecutionId: 'q1' };
		if (command instanceof GetQueryExecutionCommand) {
			const Status = states[Math.min(asked++, states.length - 1)];
			return { QueryExecution: { QueryExecutionId: 'q1', StatementType: type, Status } };
		}
		if (command instanceof GetQueryResultsCommand) {
			const page = pages[command.input.NextToken ?? ''];
			return {
				NextToken: page?.next,
				ResultSet: {
					Rows: page?.rows.map((row) => ({
						Data: row.map((value) => (value === null ? {} : { VarCharValue: value })),
					})),
					ResultSetMetadata: {
						ColumnInfo: [
							{ Name: 'name', Type: 'varchar' },
							{ Name: 'n', Type: 'bigint' },
						],
					},
				},
			};
		}
		if (command instanceof StopQueryExecutionCommand) return {};
		throw new Error('a command that the stand-in does not know');
	};
	const client = {
		send: async (command: object, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
			const name = command.constructor.name.replace('Command', '');
			requests.push(name);
			await new Promise(setImmediate);
			abortSignal?.throwIfAborted();
			before?.(name);
			return answer(command);
		},
	} as unknown as AthenaClient;
	return { client, requests };
}

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
	const answer = runOnAthena({ aws, config: context.config, signal, hold }, { file: 'q.sql', sql }).then(collectRows);
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
		const { answer, requests } = run(
			failsAt('GetQueryExecution', athenaError('TooManyRequestsException', 'Rate exceeded')),
		);
		await expect(answer).rejects.toThrow('Rate exceeded');
		expect(requests).toEqual(['StartQueryExecution', 'GetQueryExecution', 'StopQueryExecution']);
	});
});

describe('a task that is stopped', () => {
	it.each(['StartQueryExecution', 'GetQueryExecution'])(
		'stops its query when the signal comes during %s',
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
			expect(requests.at(-1)).toBe('StopQueryExecution');
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
