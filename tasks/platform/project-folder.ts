import { dirname, resolve } from 'node:path';
import { findAbove } from './find-above';

/** The file that makes a folder a project. */
export const projectFile = 'shoplake.config.ts';

/**
 * The folder of the project that a process works for: `SHOPLAKE_PROJECT`, else the nearest folder with
 * `shoplake.config.ts`, from the working folder upwards. Undefined where there is none.
 */
export function findProject(env: NodeJS.ProcessEnv, start: string = process.cwd()): string | undefined {
	if (env.SHOPLAKE_PROJECT) return resolve(env.SHOPLAKE_PROJECT);
	const found = findAbove(start, projectFile);
	return found === undefined ? undefined : dirname(found);
}
