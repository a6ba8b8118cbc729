import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GlueClient } from '@aws-sdk/client-glue';
import { S3Client } from '@aws-sdk/client-s3';
import type { Server } from '../server';
import { actions, RequestRefused } from './actions';
import { Execution, type Interference } from './execution';

/** An Athena in front of a Trino, which a test can make fail. */
export interface AthenaGateway extends Server {
	/** The statements that were started, oldest first. */
	readonly statements: readonly string[];
	/** The names of all requests, such as `StopQueryExecution`, oldest first. */
	readonly requests: readonly string[];
	/** The state of each statement, oldest first. */
	states(): string[];
	/** A statement for which it returns a reason fails with that reason. */
	fail(reason: (sql: string) => string | undefined): void;
	/** The same, once its files are written: Athena leaves them. */
	failAfterWriting(reason: (sql: string) => string | undefined): void;
	/** A statement that it names runs until someone stops it. */
	hang(isMeant: (sql: string) => boolean): void;
	/** A request for which it returns the name of an error, such as `TooManyRequestsException`, is refused with it. */
	refuse(error: (request: string) => string | undefined): void;
	/** Takes back all of these. */
	behave(): void;
}

/**
 * Starts an Athena of the test's own on a free port of the loopback, which runs its statements on a Trino. It speaks the
 * part of Athena's API that runs statements, and enforces what Athena enforces and Trino doesn't. The lake's AWS is the one
 * that the environment names.
 */
export async function startAthenaGateway({ trino }: { readonly trino: string }): Promise<AthenaGateway> {
	const aws = { trino, s3: new S3Client({ forcePathStyle: true }), glue: new GlueClient() };
	const executions: Execution[] = [];
	const requests: string[] = [];
	let interfere: (sql: string) => Interference | undefined;
	let refusal: (request: string) => string | undefined;
	const behave = () => {
		interfere = () => undefined;
		refusal = () => undefined;
	};
	const fails = (kind: 'fail' | 'failAfterWriting') => (find: (sql: string) => string | undefined) => {
		interfere = (sql) => {
			const reason = find(sql);
			return reason === undefined ? undefined : { kind, reason };
		};
	};
	behave();
	const start = (sql: string, schema: string, token: string | undefined): Execution => {
		const execution = new Execution(aws, sql, schema, token, interfere(sql));
		executions.push(execution);
		void execution.run();
		return execution;
	};
	const server = createServer(async (request, response) => {
		const name = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
		requests.push(name);
		try {
			const refused = refusal(name);
			if (refused) throw new RequestRefused(refused, `${refused} of the test`);
			const action = actions[name];
			if (!action) throw new RequestRefused('InvalidRequestException', `The gateway has no ${name}.`);
			answer(response, 200, await action(await readBody(request), { executions, start }));
		} catch (error) {
			const { type = 'InternalServerException', message } = error as RequestRefused;
			answer(response, type === 'InternalServerException' ? 500 : 400, { __type: type, message, Message: message });
		}
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests,
		get statements() {
			return executions.map(({ sql }) => sql);
		},
		states: () => executions.map(({ state }) => state),
		fail: fails('fail'),
		failAfterWriting: fails('failAfterWriting'),
		hang: (isMeant) => {
			interfere = (sql) => (isMeant(sql) ? { kind: 'hang' } : undefined);
		},
		refuse: (error) => {
			refusal = error;
		},
		behave,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
			aws.s3.destroy();
			aws.glue.destroy();
		},
	};
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
	return JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}');
}

function answer(response: ServerResponse, status: number, body: object): void {
	response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
	response.end(JSON.stringify(body));
}
