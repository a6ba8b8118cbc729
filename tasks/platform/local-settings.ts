import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The clone that this program runs from: where `local up` keeps its state. */
export function homeOfClone(): string {
	return process.env.SHOPLAKE_HOME ?? dirname(dirname(realpathSync(process.argv[1] ?? '.')));
}

/** Where `local up` writes the settings of the laptop's AWS, as `NAME=value` lines. */
export const localSettingsPath = (): string => join(homeOfClone(), '.shoplake', 'local.env');

/** Where the relay of live orders notes how far it has come. */
export const relayPositionPath = (): string => join(homeOfClone(), '.shoplake', 'relay-position.json');

/**
 * In a clone whose local AWS is set up, its settings apply by themselves. Not where the environment names a lake
 * or an endpoint: then nothing of the local AWS is taken, so that no task mixes the two.
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
