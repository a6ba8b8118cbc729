import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The file that makes a folder a project. */
export const projectFile = 'shoplake.config.ts';

/**
 * The folder of the project that a process works for: `SHOPLAKE_PROJECT`, else the nearest folder with
 * `shoplake.config.ts`, from the working folder upwards. Undefined where there is none.
 */
export function findProject(env: NodeJS.ProcessEnv, start: string = process.cwd()): string | undefined {
	if (env.SHOPLAKE_PROJECT) return resolve(env.SHOPLAKE_PROJECT);
	for (let folder = resolve(start); ; folder = dirname(folder)) {
		if (existsSync(join(folder, projectFile))) return folder;
		if (folder === dirname(folder)) return undefined;
	}
}
