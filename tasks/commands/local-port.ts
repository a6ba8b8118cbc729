/** The port of the local AWS; shared by the commands that start it. */
export const portOption = {
	port: { type: 'number', describe: 'Port of the local AWS on 127.0.0.1; by default the one it had last, else 4566' },
} as const;
