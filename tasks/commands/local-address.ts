import type { Flag } from './check-flags';

/** The address of the local AWS; shared by the commands that start it. */
export const addressOptions = {
	port: {
		type: 'number',
		integer: [1, 65_535],
		describe: 'Port of the local AWS; by default the last one used, else 4566',
	},
	host: {
		type: 'string',
		describe: "127.0.0.1, or this machine's address in a container network (172.17.0.1); by default the last one used",
	},
} as const satisfies Record<string, Flag>;
