import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, startProgram } from './cli';

/** What one process used. */
export interface Measured {
	/** From start to end. */
	readonly seconds: number;
	/** Of all its threads and children, user and system. */
	readonly cpuSeconds: number;
	/** Resident memory of the largest process at its peak. */
	readonly peakMib: number;
	/** Its last line. */
	readonly result: Ended['result'];
	readonly stdout: string;
}

/** The largest benchmarks take hours. */
const longestMs = 24 * 3600_000;
const measurer = join(import.meta.dirname, 'measure.py');

/** Runs a command to its end; throws with its output where it fails. */
export async function measure(
	command: string,
	args: readonly string[],
	{ env = process.env }: { env?: NodeJS.ProcessEnv } = {},
): Promise<Measured> {
	const folder = await mkdtemp(join(tmpdir(), 'measure-'));
	try {
		const report = join(folder, 'report.json');
		const measured = startProgram('python3', [measurer, report, command, ...args], env, longestMs);
		const { code, stdout, stderr, result } = await measured.ended;
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
			result,
			stdout,
		};
	} finally {
		await rm(folder, { recursive: true, force: true });
	}
}
