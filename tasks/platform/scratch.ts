import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, rm, rmdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError, TerminatedError } from './errors';
import { isRetryable } from './failure';

const prefix = 'shoplake-scratch-';
/** How often a running process updates the times of its folders. */
const heartbeatMs = 60 * 60_000;
/** A folder whose process can't be looked up is abandoned after this long without a heartbeat. */
const abandonedMs = 24 * 60 * 60_000;
/** Retries, because running work may still write to a folder while it is removed. */
const removal = { recursive: true, force: true, maxRetries: 5, retryDelay: 50 } as const;

/** The process in the name of a scratch folder. */
interface Owner {
	/** Identifies the machine and its process id namespace. */
	readonly place: string;
	readonly pid: number;
	/** The start time, which tells apart processes that reuse an id; empty if it is unknown. */
	readonly started: string;
}

/** The scratch folders of this process below one folder. */
export class ScratchFolders {
	private readonly folders = new Set<string>();
	private cleanup: Promise<void> | undefined;
	private heartbeat: NodeJS.Timeout | undefined;
	private ended = false;

	/** `below` is called when the first folder is created. */
	constructor(private readonly below: () => string) {}

	/**
	 * Creates a folder. The first call also removes the folders of killed processes.
	 * @throws ConfigurationError if nothing can be written, TerminatedError after `remove`
	 */
	async make(): Promise<string> {
		const below = this.below();
		const { place, pid, started } = self();
		const path = join(below, `${prefix}${place}.${pid}.${started}-`);
		const folder = await mkdtemp(path).catch((error: NodeJS.ErrnoException) => {
			// A full disk may have space later.
			if (isRetryable(error)) throw error;
			throw new ConfigurationError(
				`Nothing can be written to ${below} (${error.code}). Mount a volume or tmpfs there that user ${process.getuid?.()} may write to, or set SHOPLAKE_SCRATCH to another folder.`,
			);
		});
		this.folders.add(folder);
		if (this.ended) await this.remove();
		if (this.ended) throw new TerminatedError('The task is stopping; its scratch folders are gone.');
		this.heartbeat ??= setInterval(() => this.beat(), heartbeatMs).unref();
		this.cleanup ??= removeAbandoned(below, folder);
		await this.cleanup;
		return folder;
	}

	/** Removes all folders, and creates no more. */
	async remove(): Promise<void> {
		this.ended = true;
		clearInterval(this.heartbeat);
		for (const folder of this.folders) await rm(folder, removal);
	}

	/** Removes all folders synchronously, at the very end of the process. */
	removeNow(): void {
		for (const folder of this.folders) {
			try {
				rmSync(folder, removal);
			} catch {
				// The next task removes it.
			}
		}
	}

	/** Updates the folders' times by the clock of their file system: machines that share it may have different clocks. */
	private beat(): void {
		for (const folder of this.folders) {
			const path = join(folder, '.heartbeat');
			void mkdir(path)
				.then(() => rmdir(path))
				.catch(() => undefined);
		}
	}
}

/**
 * Removes scratch folders of this user whose process has ended. If the process can't be looked up, because it runs in
 * another container or on another machine, the folder stays for a day after its last heartbeat. `fresh` is a folder that
 * was just created there.
 */
async function removeAbandoned(below: string, fresh: string): Promise<void> {
	const { mtimeMs: now, uid } = await lstat(fresh);
	const names = (await readdir(below).catch(() => [])).filter((name) => name.startsWith(prefix));
	for (const name of names) {
		const folder = join(below, name);
		const found = await lstat(folder).catch(() => undefined);
		if (!found?.isDirectory() || found.uid !== uid) continue;
		if (isAbandoned(name, now - found.mtimeMs)) await rm(folder, removal).catch(() => undefined);
	}
}

function isAbandoned(name: string, sinceHeartbeatMs: number): boolean {
	const [, place, pid, started] = /^([0-9a-f]+)\.(\d+)\.(\d*)-/.exec(name.slice(prefix.length)) ?? [];
	if (pid === undefined) return false;
	if (place !== self().place) return sinceHeartbeatMs > abandonedMs;
	const now = processStart(Number(pid));
	if (now === undefined) return true;
	return now !== '' && started !== '' && now !== started;
}

/** When a process started, in any unit; empty if it runs and that is unknown, undefined if it does not run. */
function processStart(pid: number): string | undefined {
	try {
		process.kill(pid, 0);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ESRCH') return undefined;
	}
	try {
		// The name of the program, in parentheses, may hold anything; the start is the 20th field after it.
		const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
			.replace(/^.*\) /s, '')
			.split(' ');
		return fields[0] === 'Z' ? undefined : (fields[19] ?? '');
	} catch {
		return '';
	}
}

let known: Owner | undefined;

/** This process. */
function self(): Owner {
	known ??= { place: ownPlace(), pid: process.pid, started: processStart(process.pid) ?? '' };
	return known;
}

function ownPlace(): string {
	const parts = [hostname()];
	if (process.platform === 'linux') {
		try {
			parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'), readlinkSync('/proc/self/ns/pid'));
		} catch {
			// Unknown who shares the process ids: assume that nobody does.
			parts.push(randomUUID());
		}
	}
	return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}
