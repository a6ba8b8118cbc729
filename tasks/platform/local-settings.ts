import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { findProject } from './project-folder';

/**
 * Where `local up` keeps its state: the project that the process works for, else the clone that this program runs from, else
 * the folder that it is installed in.
 */
export function homeOfClone(): string {
	return process.env.SHOPLAKE_HOME ?? findProject(process.env) ?? folderOfProgram();
}

function folderOfProgram(): string {
	const program = dirname(dirname(realpathSync(process.argv[1] ?? '.')));
	const installed = program.lastIndexOf(`${sep}node_modules${sep}`);
	return installed < 0 ? program : program.slice(0, installed);
}

/** The file in which `local up` writes the settings of the local AWS, as `NAME=value` lines. */
export const localSettingsPath = (): string => join(homeOfClone(), '.shoplake', 'local.env');

/** The file in which the relay of live orders stores its position in the stream. */
export const relayPositionPath = (): string => join(homeOfClone(), '.shoplake', 'relay-position.json');

/**
 * Applies the settings of the local AWS in a clone where it is set up. Not if the environment names a lake or an endpoint:
 * then no setting of the local AWS applies, so that no task mixes the two.
 */
export function useLocalSettings(env: NodeJS.ProcessEnv): void {
	if (env.SHOPLAKE_BUCKET !== undefined || env.AWS_ENDPOINT_URL !== undefined) return;
	const path = localSettingsPath();
	if (!existsSync(path)) return;
	for (const line of readFileSync(path, 'utf8').split('\n')) {
		const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
		if (name !== undefined && value !== undefined) env[name] = value;
	}
}
