import { randomUUID } from 'node:crypto';
import { type Running, startProgram } from '../cli';
import { docker } from './engine';

/** A task that runs in a container. */
export interface RunningContainer extends Running {
	readonly name: string;
	/** Asks it to stop, and kills it after 10 s: what an orchestrator does. Resolves when it has ended. */
	stop(): Promise<void>;
}

/**
 * Starts `docker run IMAGE …` on the host's network, as strictly as the image allows: a read-only root file system, no
 * capabilities. A task gets what tells it about AWS and the lake, and nothing else of the environment.
 */
export function startContainer(
	image: string,
	env: NodeJS.ProcessEnv,
	args: readonly string[],
	flags: readonly string[] = ['--tmpfs', '/scratch'],
): RunningContainer {
	const name = `shoplake-test-${randomUUID()}`;
	const told = Object.keys(env).filter((variable) => /^(SHOPLAKE|AWS)_/.test(variable));
	const strict = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
	const run = ['run', '--rm', '--name', name, '--network', 'host', ...strict, ...flags];
	const running = startProgram('docker', [...run, ...told.flatMap((variable) => ['--env', variable]), image, ...args], {
		...process.env,
		...env,
	});
	return { ...running, name, stop: async () => void (await docker('stop', '--time', '10', name)) };
}
