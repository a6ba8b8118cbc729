import type { Flag } from './check-flags';

/** Where the local AWS listens; shared by the commands that start it. */
export const addressOptions = {
	port: {
		type: 'number',
		integer: [1, 65_535],
		describe: 'Port of the local AWS; by default the one it had last, else 4566',
	},
	host: {
		type: 'string',
		describe: "127.0.0.1, or this machine's address in a network of containers (172.17.0.1); by default the last one",
	},
} as const satisfies Record<string, Flag>;
