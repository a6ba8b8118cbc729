import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../../tasks/local/lock';

const run = promisify(execFile);
const folder = join(process.cwd(), '.shoplake');
const manyMegabytes = { maxBuffer: 64 * 1024 ** 2 };

/** What `docker …` says on stdout. Rejects where it fails, with what it said. */
export async function docker(...args: readonly string[]): Promise<string> {
	const { stdout } = await run('docker', args, manyMegabytes);
	return stdout.trimEnd();
}

/** Makes Docker's engine answer (installed and started where there is none), with base images for our Dockerfiles. */
export async function requireEngine(...bases: readonly ('node' | 'python' | 'postgres')[]): Promise<void> {
	await exclusively(async () => {
		await run(join('docker', 'install-engine'), [], manyMegabytes);
		await run(join('test', 'support', 'docker', 'stand-in-images'), bases, manyMegabytes);
	});
}

/** Builds the task image of this clone, or takes what is built where nothing has changed; its tag. */
export async function taskImage(): Promise<string> {
	await requireEngine('node');
	await exclusively(() => run(join('docker', 'build-image'), ['--quiet'], manyMegabytes));
	return process.env.SHOPLAKE_IMAGE ?? 'shoplake:latest';
}

/** Test files that run side by side wait for each other. */
const exclusively = <T>(work: () => Promise<T>): Promise<T> =>
	withLock({ folder, lock: join(folder, 'test-docker.lock') }, work);
