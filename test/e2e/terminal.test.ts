import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwsLake, createAwsLake } from '../support/aws-lake';
import { runCli, startAws, startProgram } from '../support/cli';
import type { Server } from '../support/server';

let aws: Server;
let lake: AwsLake;
let folder: string;
beforeAll(async () => {
	aws = await startAws();
	lake = await createAwsLake('terminal');
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
}, 600_000);
afterAll(async () => {
	await aws.stop();
	await rm(folder, { recursive: true, force: true });
});

/** What a person sees who runs `shoplake …` on a terminal, by util-linux's `script`, without colours; and the exit code. */
async function onTerminal(...args: readonly string[]): Promise<{ code: number | null; seen: string }> {
	const command = [process.execPath, 'dist/cli.js', ...args].map((word) => `'${word}'`).join(' ');
	const { code, stdout } = await startProgram('script', ['-qec', command, '/dev/null'], lake.env).ended;
	const seen = stdout
		.replaceAll('\r\n', '\n')
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal is sent
		.replace(/.*\r|\u001b\[[\d;]*[a-zA-Z]/g, '');
	return { code, seen };
}

it('shows words and tables for every step, plan and refusal, and never JSON', async () => {
	const date = '2026-11-20';
	const seen: Record<string, unknown> = {};
	for (const command of [
		`generate --date ${date} --records 20`,
		`ingest --batch ${date} --dry-run`,
		`ingest --batch ${date}`,
		`clean --batch ${date}`,
		'aggregate --dry-run',
		'aggregate',
		'crawl',
		'load-kpis',
		'rebuild',
		'plan',
		'vacuum --dry-run',
		'filedrop lock --holder me',
		'filedrop lock --holder you',
		'filedrop unlock --holder me',
		`withdraw --batch ${date}`,
		'rollback --to 1',
	]) {
		const { code, seen: text } = await onTerminal(...command.split(' '));
		expect({ command, text }).toEqual({ command, text: expect.not.stringMatching(/^\{/m) });
		seen[command] = [code, text.split('\n')[0]];
	}
	expect(seen).toEqual({
		[`generate --date ${date} --records 20`]: [0, expect.stringMatching(/^dataset +records +megabytes/)],
		[`ingest --batch ${date} --dry-run`]: [0, 'Dry run, nothing was done. What would be done:'],
		[`ingest --batch ${date}`]: [0, 'Done; the lake is at head 1.'],
		[`clean --batch ${date}`]: [0, 'Done; the lake is at head 2.'],
		'aggregate --dry-run': [0, 'Dry run, nothing was done. What would be done:'],
		aggregate: [0, 'Done; the lake is at head 3.'],
		crawl: [0, 'Done; the lake is at head 3.'],
		'load-kpis': [0, 'Done; the lake is at head 5.'],
		rebuild: [0, 'Nothing changed: there was nothing to do.'],
		plan: [0, 'Nothing to do: everything is current.'],
		'vacuum --dry-run': [0, 'Dry run, nothing was done. What would be done:'],
		'filedrop lock --holder me': [0, 'The lock is taken.'],
		'filedrop lock --holder you': [75, expect.stringMatching(/^Waiting for the lock s3:/)],
		'filedrop unlock --holder me': [0, 'The lock is released.'],
		[`withdraw --batch ${date}`]: [0, 'Done; the lake is at head 6.'],
		'rollback --to 1': [0, 'Done; the lake is at head 7.'],
	});
});

it('shows an error once; the result is the last line for a pipe, and for a terminal with --json', async () => {
	const args = ['ingest', '--batch', 'b', '--source', join(folder, 'missing')];
	const message = `${join(folder, 'missing')} does not exist.`;
	expect(await onTerminal(...args)).toEqual({ code: 66, seen: `error: ${message}\n` });
	const asked = await onTerminal(...args, '--json');
	expect(asked.seen.trimEnd().split('\n').at(-1)).toMatch(/^\{"task":"ingest",.*"status":"failed"/);
	expect(await runCli(lake.env, ...args)).toMatchObject({ code: 66, result: { status: 'failed', error: message } });
});
