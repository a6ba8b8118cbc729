import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from '../platform/errors';

/** The file that makes a folder a project. */
export const configFile = 'shoplake.config.ts';

/**
 * The folder of the project that a process works for: `SHOPLAKE_PROJECT`, else the nearest folder with
 * `shoplake.config.ts`, from the working folder upwards. Throws ConfigurationError where SHOPLAKE_PROJECT names no project.
 */
export function findProject(env: NodeJS.ProcessEnv, start: string = process.cwd()): string | undefined {
	const given = env.SHOPLAKE_PROJECT;
	if (given) {
		if (existsSync(join(given, configFile))) return resolve(given);
		throw new ConfigurationError(`SHOPLAKE_PROJECT=${given}: there is no ${configFile} in this folder.`);
	}
	for (let folder = resolve(start); ; folder = dirname(folder)) {
		if (existsSync(join(folder, configFile))) return folder;
		if (folder === dirname(folder)) return undefined;
	}
}
