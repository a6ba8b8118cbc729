import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An event as the server received it. */
export interface ReceivedEvent {
	readonly path: string | undefined;
	readonly authorization: string | undefined;
	// biome-ignore lint/suspicious/noExplicitAny: tests read any part of an event.
	readonly event: any;
}

/** A stand-in for a server of lineage; `answer` is the status that it answers, or null where it never answers. */
export async function startLineageServer({ answer = 201 as number | null } = {}) {
	const received: ReceivedEvent[] = [];
	const server: Server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk) => chunks.push(chunk));
		request.on('end', () => {
			const event = JSON.parse(Buffer.concat(chunks).toString());
			received.push({ path: request.url, authorization: request.headers.authorization, event });
			if (answer !== null) response.writeHead(answer).end();
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const stop = () => {
		server.closeAllConnections();
		return new Promise<void>((resolve) => server.close(() => resolve()));
	};
	return { url, received, stop };
}
