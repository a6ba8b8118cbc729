import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Starts the endless task, and sends it the signals, the first once it works, each other after so many ms. */
async function stopped(signals: readonly NodeJS.Signals[], { apartMs = 0, mode = '' } = {}) {
	const scratch = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
	const child = spawn(process.execPath, ['--import', 'tsx', 'test/support/endless-task.ts', mode], {
		env: { ...process.env, SHOPLAKE_BUCKET: 'none', SHOPLAKE_SCRATCH: scratch, SHOPLAKE_MEMORY: '1GiB' },
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	let [stdout, stderr] = ['', ''];
	child.stdout.setEncoding('utf8').on('data', (text) => {
		stdout += text;
	});
	child.stderr.setEncoding('utf8').on('data', (text) => {
		if (!stderr.includes('working') && `${stderr}${text}`.includes('working')) {
			signals.forEach((signal, index) => {
				setTimeout(() => child.kill(signal), index * apartMs);
			});
		}
		stderr += text;
	});
	const [code, signal] = await new Promise<[number | null, string | null]>((ended) =>
		child.once('close', (...how) => ended(how)),
	);
	const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) || '{}');
	const left = await readdir(scratch);
	await rm(scratch, { recursive: true });
	return { code, signal, status: result.status, left };
}

const ended = { code: 143, signal: null, status: 'terminated', left: [] };

it.concurrent.each([
	['SIGTERM', ['SIGTERM']],
	['Ctrl-C', ['SIGINT']],
	['a terminal that is closed', ['SIGHUP']],
	['Ctrl-C that npx passes on, too', ['SIGINT', 'SIGINT']],
] as const)('a task that DuckDB works for ends by %s with 143, and leaves nothing', async (_, signals) => {
	expect(await stopped(signals)).toEqual(ended);
});

// Two within a second are one, and a busy machine may deliver the first one late.
it.concurrent('another Ctrl-C seconds later ends a task at once that waits for what it holds', async () => {
	const { code, signal, left } = await stopped(['SIGINT', 'SIGINT'], { apartMs: 4000, mode: 'held' });
	expect({ code, signal, left }).toEqual({ code: null, signal: 'SIGTERM', left: [] });
});

it.concurrent('an outcome that cannot be shown ends in 70, with its result', async () => {
	expect(await stopped([], { mode: 'unshowable' })).toEqual({ code: 70, signal: null, status: 'done', left: [] });
});
