/**
 * Measures how many events a second `shoplake stream send` sustains, and its memory, against a fake Firehose in its own
 * process, which enforces the limits, throttles, and fails records at random.
 *
 *   npx tsx bench/stream-send.ts [--seconds 300] [--rate 20000/s]
 *
 * Prints Markdown. Without --rate it sends as fast as it can.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { machine, markdownTable, median } from './support/figures';

const { values: flags } = parseArgs({
	options: { seconds: { type: 'string', default: '300' }, rate: { type: 'string' } },
});
const here = import.meta.dirname;

/** The lines that a process writes to stdout. */
const readLines = (child: ChildProcess): AsyncIterator<string> =>
	createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();

/** Resident memory of a process in MiB; undefined once it has ended. */
async function readMemory(pid: number | undefined): Promise<number | undefined> {
	const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
	const [, kib] = /VmRSS:\s+(\d+) kB/.exec(status) ?? [];
	return kib === undefined ? undefined : Number(kib) / 1024;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-stream-'));
const stdio = ['ignore', 'pipe', 'inherit'] as const;
const standIn = spawn(process.execPath, ['--import', 'tsx', join(here, 'support', 'stand-in-firehose.ts')], {
	stdio: [...stdio],
});
try {
	const standInLines = readLines(standIn);
	const port = (await standInLines.next()).value;
	const loadBefore = loadavg()[0];
	const args = [
		...['stream', 'send', '--source', 'generated', '--date', '2026-11-20', '--records', '100000', '--json'],
		...['--duration', `${flags.seconds}s`, '--checkpoint', join(folder, 'checkpoint.json')],
		...(flags.rate ? ['--rate', flags.rate] : []),
	];
	const sender = spawn(process.execPath, [join(here, '..', 'dist', 'cli.js'), ...args], {
		stdio: [...stdio],
		env: {
			...process.env,
			AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
			AWS_REGION: 'us-east-1',
			AWS_ACCESS_KEY_ID: 'test',
			AWS_SECRET_ACCESS_KEY: 'test',
		},
	});
	const memory: number[] = [];
	const sampling = setInterval(async () => {
		const mib = await readMemory(sender.pid);
		if (mib !== undefined) memory.push(mib);
	}, 1000);
	const result = JSON.parse((await readLines(sender).next()).value ?? '{}');
	clearInterval(sampling);
	standIn.kill('SIGTERM');
	const counted = JSON.parse((await standInLines.next()).value ?? '{}');
	if (result.sent !== counted.taken || counted.refused > 0) {
		throw new Error(`the sender says ${JSON.stringify(result)}, the stand-in ${JSON.stringify(counted)}`);
	}
	const third = Math.ceil(memory.length / 3);
	console.log(
		[
			`${machine()}; load average ${loadBefore?.toFixed(1)} before, ${loadavg()[0]?.toFixed(1)} at the end.`,
			'',
			markdownTable([
				{ what: 'events a second', figure: result.rate },
				{ what: 'events', figure: result.sent },
				{ what: 'seconds', figure: Number(flags.seconds) },
				{ what: 'seconds behind the rate at the end', figure: result.lag_seconds },
				{ what: 'MB/s of records', figure: (counted.bytes / 1e6 / Number(flags.seconds)).toFixed(1) },
				{ what: 'requests', figure: counted.requests },
				{ what: 'of them throttled', figure: counted.throttled },
				{ what: 'records failed and sent again', figure: counted.failed },
				{ what: 'MiB of memory, first third (median)', figure: median(memory.slice(0, third)).toFixed(0) },
				{ what: 'MiB of memory, last third (median)', figure: median(memory.slice(-third)).toFixed(0) },
				{ what: 'MiB of memory at most', figure: Math.max(...memory).toFixed(0) },
			]),
		].join('\n'),
	);
} finally {
	standIn.kill('SIGTERM');
	await rm(folder, { recursive: true });
}
