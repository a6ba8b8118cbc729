import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one process took. */
export interface Measured {
	/** From start to end. */
	readonly seconds: number;
	/** Of all its threads and children, user and system. */
	readonly cpuSeconds: number;
	/** Resident memory of the largest process at its peak. */
	readonly peakMib: number;
	/** The last line of its stdout, where that is a JSON object. */
	readonly result: Readonly<Record<string, unknown>> | null;
	readonly stdout: string;
}

const measurer = join(import.meta.dirname, 'measure.py');

/** Runs a command to its end; throws with what it said where it fails. */
export async function measure(
	command: string,
	args: readonly string[],
	options: { env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
	const folder = await mkdtemp(join(tmpdir(), 'measure-'));
	try {
		const report = join(folder, 'report.json');
		const { code, stdout, stderr } = await ended([measurer, report, command, ...args], options);
		if (code !== 0) {
			throw new Error(
				`${command} ${args.join(' ')} ended with ${code}:\n${stderr.slice(-2000)}\n${stdout.slice(-2000)}`,
			);
		}
		const { seconds, cpu_seconds, peak_mib } = JSON.parse(await readFile(report, 'utf8'));
		return {
			seconds,
			cpuSeconds: cpu_seconds,
			peakMib: peak_mib,
			result: objectOf(stdout.trimEnd().split('\n').at(-1) ?? ''),
			stdout,
		};
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}

function ended(
	args: readonly string[],
	{ env = process.env }: { env?: NodeJS.ProcessEnv },
): Promise<{ code: number | null; stdout: string; stderr: string }> {
	return new Promise((resolve, reject) => {
		const child = spawn('python3', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
		let stdout = '';
		let stderr = '';
		child.stdout.on('data', (chunk) => {
			stdout += chunk;
		});
		child.stderr.on('data', (chunk) => {
			stderr += chunk;
		});
		child.on('error', reject);
		child.on('close', (code) => resolve({ code, stdout, stderr }));
	});
}

function objectOf(line: string): Measured['result'] {
	try {
		return JSON.parse(line);
	} catch {
		return null;
	}
}
