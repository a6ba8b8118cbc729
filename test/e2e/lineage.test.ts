import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildCli, runCli } from '../support/cli';
import { startLineageServer } from '../support/lineage-server';
import { schemaFaults } from '../support/open-lineage-schema';

let folder: string;
beforeAll(async () => {
	await buildCli();
	folder = await mkdtemp(join(tmpdir(), 'shoplake-e2e-'));
});
afterAll(() => rm(folder, { recursive: true }));

const generate = (env: NodeJS.ProcessEnv, ...flags: string[]) =>
	runCli(env, 'generate', '--date', '2026-11-20', '--records', '5', '--out', folder, ...flags);

test('a task tells a server of lineage when it starts and when it has ended', async () => {
	const server = await startLineageServer();
	const { code, stderr } = await generate({ OPENLINEAGE_URL: server.url }, '--run-id', 'mine');
	const failed = await runCli({ OPENLINEAGE_URL: server.url }, 'clean', '--sealed');
	await server.stop();
	expect([code, failed.code]).toEqual([0, 78]);
	expect(stderr).not.toContain('lineage');
	const events = server.received.map(({ event }) => event);
	expect(events.map(({ eventType, job }) => `${eventType} ${job.name}`)).toEqual([
		...['START shoplake.generate', 'COMPLETE shoplake.generate'],
		...['START shoplake.clean', 'FAIL shoplake.clean'],
	]);
	expect(events[1].run.facets.tags.tags).toContainEqual({ key: 'run_id', value: 'mine', source: 'SHOPLAKE' });
	expect(events[3].run.facets.errorMessage.message).toContain('SHOPLAKE_BUCKET is not set');
	expect(events.flatMap(schemaFaults)).toEqual([]);
});

test('a server that is down costs a task a warning, and nothing else', async () => {
	const server = await startLineageServer();
	await server.stop();
	const { code, result, stderr } = await generate({ OPENLINEAGE_URL: server.url });
	expect({ code, status: result.status }).toEqual({ code: 0, status: 'generated' });
	expect(stderr).toContain('The run itself is not affected.');
});

test('docs writes the catalogue without a lake, and says how to open it', async () => {
	const { code, stdout, result } = await runCli({}, 'docs', '--no-lake', '--out', join(folder, 'catalogue'));
	expect({ code, status: result.status }).toEqual({ code: 0, status: 'done' });
	expect(await readFile(String(result.location), 'utf8')).toContain('gold_daily_sales.html');
	expect(stdout).toContain(`Open ${join(folder, 'catalogue', 'index.html')} in a browser.`);
});

test('docs without settings says what it needs', async () => {
	const { code, stderr } = await runCli({}, 'docs', '--out', join(folder, 'none'));
	expect(code).toBe(78);
	expect(stderr).toContain('SHOPLAKE_BUCKET is not set');
});
