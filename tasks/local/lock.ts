import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { TryAgainError } from '../platform/errors';
import { commandLine } from './command-line';
import type { Layout } from './layout';

const waitMs = 300_000;
const pollMs = 200;

/**
 * Runs work while no other process of this clone starts, stops or resets the local AWS; waits for such a process. The
 * lock of a process that has ended is ignored.
 * @throws TryAgainError after 5 minutes
 */
export async function withLock<T>(
	{ lock, folder }: Pick<Layout, 'lock' | 'folder'>,
	work: () => Promise<T>,
): Promise<T> {
	await mkdir(folder, { recursive: true });
	for (const deadline = Date.now() + waitMs; !(await take(lock)); await sleep(pollMs)) {
		if (Date.now() < deadline) continue;
		throw new TryAgainError(
			`Process ${await readOwner(lock)} has been starting or stopping the local AWS for ${waitMs / 60_000} minutes: wait for it or end it, then retry.`,
		);
	}
	try {
		return await work();
	} finally {
		await rm(lock, { force: true });
	}
}

async function take(lock: string): Promise<boolean> {
	try {
		await writeFile(lock, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
	}
	const owner = await readOwner(lock);
	if (owner !== undefined && !(await commandLine(owner)).includes('node')) await rm(lock, { force: true });
	return false;
}

/** Undefined while the lock is being written, or if it is gone. */
async function readOwner(lock: string): Promise<number | undefined> {
	return Number(await readFile(lock, 'utf8').catch(() => '')) || undefined;
}
