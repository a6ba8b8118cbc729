/**
 * Measures the cold start of each Lambda in its own code: a fresh Node process loads the deployed bundle and handles a
 * first event. The start of Node itself and of AWS's sandbox is not included.
 *
 *   npx tsx bench/cold-start.ts [--repeat 20]
 *
 * Prints Markdown.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { build } from 'esbuild';
import { machine, markdownTable, spread } from './support/figures';

const { values: flags } = parseArgs({ options: { repeat: { type: 'string', default: '20' } } });
const repeat = Number(flags.repeat);
const run = promisify(execFile);

/** A change of `OrderTable`, encoded as Firehose sends it. */
const change =
	'eyJldmVudElEIjoiMSIsImV2ZW50TmFtZSI6IklOU0VSVCIsImR5bmFtb2RCIjp7Ik5ld0ltYWdlIjp7Im9yZGVyaWQiOnsiUyI6Ijc0MjEifSwicHJvZHVjdF9uYW1lIjp7IlMiOiJMYXB0b3AifSwicXVhbnRpdHkiOnsiTiI6IjMifSwicHJpY2UiOnsiTiI6IjQyOS45OSJ9fX19';

/** A first event per Lambda that needs no AWS service. */
const functions = {
	'transform-orders': {
		handler: 'tasks/lambdas/transform-orders.ts',
		event: { records: [{ recordId: 'r', data: change }] },
	},
	'http-entry': { handler: 'tasks/lambdas/http-entry.ts', event: { body: '[]' } },
};

const program = `
	const startedAt = performance.now();
	const { handler } = require(process.argv[1]);
	const loadedAt = performance.now();
	console.info = () => undefined;
	handler(JSON.parse(process.argv[2])).then(() => console.log(JSON.stringify([loadedAt - startedAt, performance.now() - loadedAt])));`;

const folder = await mkdtemp(join(tmpdir(), 'bench-cold-'));
try {
	const rows: Record<string, string | number>[] = [];
	for (const [name, { handler, event }] of Object.entries(functions)) {
		const outfile = join(folder, `${name}.js`);
		await build({
			entryPoints: [join(import.meta.dirname, '..', handler)],
			outfile,
			bundle: true,
			minify: true,
			keepNames: true,
			platform: 'node',
			target: 'node24',
			format: 'cjs',
			mainFields: ['module', 'main'],
		});
		const loads: number[] = [];
		const answers: number[] = [];
		for (let number = 0; number < repeat; number++) {
			const { stdout } = await run(process.execPath, ['-e', program, outfile, JSON.stringify(event)], {
				env: { ...process.env, AWS_REGION: 'us-east-1' },
			});
			const [load = 0, answer = 0] = JSON.parse(stdout) as number[];
			loads.push(load);
			answers.push(answer);
		}
		rows.push({
			function: name,
			'KB of code': ((await stat(outfile)).size / 1000).toFixed(0),
			'ms to load (min / median / max)': spread(loads),
			'ms to a first answer (min / median / max)': spread(answers),
		});
	}
	console.log(`${machine()}; ${repeat} fresh processes each.\n`);
	console.log(markdownTable(rows));
} finally {
	await rm(folder, { recursive: true });
}
