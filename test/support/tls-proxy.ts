import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Stands in front of an emulator of AWS as a proxy that ends TLS would, so that policies that refuse plain HTTP stay as
 * they are.
 */
export async function startTlsProxy(endpoint: string): Promise<{ endpoint: string; stop: () => Promise<void> }> {
	const { hostname, port } = new URL(endpoint);
	const server = createServer((incoming, outgoing) => {
		const headers = { ...incoming.headers, 'x-forwarded-proto': 'https' };
		const { method, url } = incoming;
		const forwarded = request({ hostname, port, method, path: url, headers }, (answer) => {
			outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
			answer.pipe(outgoing);
		});
		forwarded.on('error', () => outgoing.destroy());
		incoming.pipe(forwarded);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		stop: async () => {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
}
