import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** When a test interferes: before a request reaches AWS, or after AWS has answered and before the caller knows. */
export type Moment = 'before' | 'after';

/** A proxy before AWS that can cut off any request. */
export interface RequestGate {
	readonly endpoint: string;
	/** Calls `act` once, at a moment of the `number`th request from now on (1 is the next); that request is cut off. */
	at(number: number, moment: Moment, act: () => void): void;
	/** Lets everything through again. */
	open(): void;
	close(): Promise<void>;
}

/**
 * Forwards HTTP to an endpoint. A process changes the world only by requests: stopping it at each of them covers every
 * moment that matters, however fast the machine is.
 */
export async function openGate(target: string): Promise<RequestGate> {
	const { hostname, port } = new URL(target);
	const agent = new Agent({ keepAlive: true });
	let seen = 0;
	let trap: { number: number; moment: Moment; act: () => void } | undefined;
	const server = createServer((incoming, outgoing) => {
		seen++;
		const caught = trap && seen === trap.number ? trap : undefined;
		const cutOff = () => {
			caught?.act();
			incoming.socket.destroy();
		};
		if (caught?.moment === 'before') return cutOff();
		const { method, url: path, headers } = incoming;
		const onward = request({ agent, hostname, port, method, path, headers }, (answer) => {
			if (caught) {
				answer.resume().once('close', cutOff);
				return;
			}
			outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
			// An answer that breaks off breaks off for the caller, too.
			pipeline(answer, outgoing, () => undefined);
		});
		onward.once('error', () => outgoing.destroy());
		incoming.once('error', () => onward.destroy());
		incoming.pipe(onward);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	return {
		endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		at: (number, moment, act) => {
			seen = 0;
			trap = { number, moment, act };
		},
		open: () => {
			trap = undefined;
		},
		close: async () => {
			server.closeAllConnections();
			agent.destroy();
			await new Promise((closed) => server.close(closed));
		},
	};
}
