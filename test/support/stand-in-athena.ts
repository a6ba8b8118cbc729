import {
	type AthenaClient,
	AthenaServiceException,
	GetQueryExecutionCommand,
	GetQueryResultsCommand,
	StartQueryExecutionCommand,
	StopQueryExecutionCommand,
} from '@aws-sdk/client-athena';

/** An error as Athena gives it. */
export const athenaError = (name: string, message: string, more: object = {}, status = 400) =>
	Object.assign(
		new AthenaServiceException({ name, message, $fault: 'client', $metadata: { httpStatusCode: status } }),
		more,
	);

type Page = { rows: (string | null)[][]; next?: string };

export interface Behaviour {
	/** What GetQueryExecution says, one after the other; the last for ever. */
	readonly states?: readonly { State: string; StateChangeReason?: string; AthenaError?: object }[];
	readonly type?: string;
	readonly pages?: Readonly<Record<string, Page>>;
	/** Bytes scanned, as GetQueryExecution says after each poll; the last for ever. */
	readonly scanned?: readonly number[];
	/** Throws to make a request fail; `count` is how often that request was sent, from 1. */
	readonly before?: (request: string, count: number) => void;
}

/** An Athena that answers as its documentation says. */
export function standIn({
	states = [{ State: 'SUCCEEDED' }],
	type = 'DML',
	pages = {},
	scanned = [0],
	before,
}: Behaviour) {
	const requests: string[] = [];
	const tokens: (string | undefined)[] = [];
	/** What it says from the request to stop on. */
	let stopping: { State: string }[] | undefined;
	let asked = 0;
	const at = <T>(list: readonly T[], index: number) => list[Math.min(index, list.length - 1)];
	const answer = (command: unknown) => {
		if (command instanceof StartQueryExecutionCommand) return { QueryExecutionId: 'q1' };
		if (command instanceof GetQueryExecutionCommand) {
			const DataScannedInBytes = at(scanned, asked);
			const Status = stopping ? (stopping.length > 1 ? stopping.shift() : stopping[0]) : at(states, asked++);
			const Statistics = { DataScannedInBytes };
			return { QueryExecution: { QueryExecutionId: 'q1', StatementType: type, Status, Statistics } };
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
		if (command instanceof StopQueryExecutionCommand) {
			stopping = [{ State: 'RUNNING' }, { State: 'CANCELLED' }];
			return {};
		}
		throw new Error('a command that the stand-in does not know');
	};
	const client = {
		send: async (command: object, { abortSignal }: { abortSignal?: AbortSignal } = {}) => {
			const name = command.constructor.name.replace('Command', '');
			requests.push(name);
			if (command instanceof StartQueryExecutionCommand) tokens.push(command.input.ClientRequestToken);
			await new Promise(setImmediate);
			abortSignal?.throwIfAborted();
			before?.(name, requests.filter((one) => one === name).length);
			return answer(command);
		},
	} as unknown as AthenaClient;
	return { client, requests, tokens };
}
