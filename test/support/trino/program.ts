import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withLock } from '../../../tasks/local/lock';
import { copyArtifact } from '../maven';

const run = promisify(execFile);
const version = '476';
/** A server loads all the plugins that it finds, and is up in half the time with these alone. */
const kept = ['hive', 'iceberg'];
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'shoplake');

/** The parts of Trino that a test needs. */
export interface TrinoProgram {
	/** Jars of the server. */
	readonly lib: string;
	/** A folder with the plugins for Hive and Iceberg tables. */
	readonly plugins: string;
}

/**
 * Trino, fetched by Maven (821 MB, which Maven keeps) and unpacked outside the clone where it is not there yet. Maven
 * goes by its own settings for where to fetch from.
 */
export async function trinoProgram(): Promise<TrinoProgram> {
	const home = join(cache, ['trino', version, ...kept].join('-'));
	await withLock({ folder: cache, lock: join(cache, 'trino.lock') }, async () => {
		if (!existsSync(home)) await install(home);
	});
	return { lib: join(home, 'lib'), plugins: join(home, 'plugin') };
}

/** A program that is there under its own name is complete: an installation that was cut off starts over. */
async function install(home: string): Promise<void> {
	const folder = await mkdtemp(join(cache, 'trino-'));
	try {
		await copyArtifact(`io.trino:trino-server:${version}:tar.gz`, folder);
		// All of it: a jar that several plugins share is stored once, and the others are links to it.
		await run('tar', ['-xzf', join(folder, `trino-server-${version}.tar.gz`), '-C', folder]);
		const unpacked = join(folder, `trino-server-${version}`);
		const program = join(folder, 'program');
		await mkdir(join(program, 'plugin'), { recursive: true });
		await rename(join(unpacked, 'lib'), join(program, 'lib'));
		for (const plugin of kept) await rename(join(unpacked, 'plugin', plugin), join(program, 'plugin', plugin));
		await rename(program, home);
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
