import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskContext } from '../../../tasks/context';
import { LineageRun } from '../../../tasks/lineage/open-lineage';
import { runEvent } from '../../../tasks/lineage/open-lineage/events';
import { readLineageSettings } from '../../../tasks/lineage/open-lineage/settings';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import type { Outcome } from '../../../tasks/platform/result';
import { startLineageServer } from '../../support/lineage-server';
import { MemoryLake } from '../../support/memory-lake';
import { schemaFaults } from '../../support/open-lineage-schema';

const uuid = '0197b2a0-0000-7000-8000-00000000000a';
const batch = '2026-11-20';
const files = {
	'orders.ndjson': { order_id: 'o1', user_id: 'u1', order_date: batch, total_amount: '10.00', status: 'completed' },
	'order_items.ndjson': { order_id: 'o1', line_number: 1, product_id: 'p1', quantity: 2, unit_price: '5.00' },
	'products.ndjson': { product_id: 'p1', category: 'Tea', name: 'Assam', price: '5.00' },
};

let folder: string;
let server: Awaited<ReturnType<typeof startLineageServer>>;
let lake: MemoryLake;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-lineage-'));
	for (const [name, record] of Object.entries(files)) await writeFile(join(folder, name), JSON.stringify(record));
	server = await startLineageServer();
	lake = new MemoryLake();
});
afterEach(async () => {
	await server.stop();
	await rm(folder, { recursive: true });
});

type Work = (context: TaskContext) => Promise<Outcome>;

/** Does a task with its lineage, as the command line does. Returns what it warned of. */
async function perform(task: string, work: Work, env: Record<string, string> = {}, flags = {}): Promise<string[]> {
	const warnings: string[] = [];
	await lake.process(async (process) => {
		const own = process.step(task);
		const context = {
			...own,
			config: own.config,
			log: { ...own.log, warn: (text: string) => warnings.push(text) },
		} as unknown as TaskContext;
		const run = LineageRun.start(context, flags, { OPENLINEAGE_URL: server.url, AWS_REGION: 'eu-central-1', ...env });
		const outcome = await work(context).catch((error: Error): Outcome => ({ status: 'failed', error: error.message }));
		await run?.end(outcome.status === 'failed' ? 'FAIL' : 'COMPLETE', outcome);
	});
	return warnings;
}
const ingest: Work = (context) => ingestBatch(context, { batch, sources: [folder], maxRejected: 1 });
const events = () => server.received.map(({ event }) => event);
const names = (datasets: { namespace: string; name: string }[]) =>
	datasets.map(({ namespace, name }) => `${namespace} ${name}`);

test('each event of the daily steps keeps the official schemas, and names what the step read and wrote', async () => {
	await perform('ingest', ingest, {}, { source: [folder] });
	await perform('clean', (context) => clean(context, { batches: [batch] }));
	await perform('aggregate', (context) => aggregate(context, { kind: 'all' }));
	expect(events().flatMap(schemaFaults)).toEqual([]);
	expect(events().map(({ eventType, job }) => `${eventType} ${job.namespace} ${job.name}`)).toEqual([
		...['START shoplake shoplake.ingest', 'COMPLETE shoplake shoplake.ingest'],
		...['START shoplake shoplake.clean', 'COMPLETE shoplake shoplake.clean'],
		...['START shoplake shoplake.aggregate', 'COMPLETE shoplake shoplake.aggregate'],
	]);
	const [, ingested, , cleaned, , aggregated] = events();
	expect(names(ingested.inputs)).toEqual([`file ${folder}`]);
	expect(names(ingested.outputs).sort()).toEqual([
		's3://lake bronze/order_items',
		's3://lake bronze/orders',
		's3://lake bronze/products',
	]);
	expect(names(cleaned.inputs).sort()).toEqual(names(ingested.outputs).sort());
	expect(names(cleaned.outputs).sort()).toEqual([
		's3://lake silver/order_items',
		's3://lake silver/orders',
		's3://lake silver/products',
	]);
	expect(names(aggregated.inputs).sort()).toEqual(names(cleaned.outputs).sort());
	expect(names(aggregated.outputs)).toEqual(
		expect.arrayContaining(['s3://lake gold/daily_sales', 's3://lake gold/customer_value']),
	);
	const [start, end] = events();
	expect(start.run.runId).toBe(end.run.runId);
	expect(server.received[0]?.path).toBe('/api/v1/lineage');
});

test('an output has its columns, where they come from, its head, how much was written, and Athena’s name', async () => {
	await perform('ingest', ingest);
	await perform('clean', (context) => clean(context, { batches: [batch] }));
	const { outputs } = events().at(-1);
	const items = outputs.find(({ name }: { name: string }) => name === 'silver/order_items');
	expect(items.facets.schema.fields).toContainEqual({
		name: 'line_amount',
		type: 'decimal(18,2)',
		description: '`quantity` × `unit_price`.',
	});
	const from = (field: string) => ({
		namespace: 's3://lake',
		name: 'bronze/order_items',
		field,
		transformations: [{ type: 'DIRECT', subtype: 'TRANSFORMATION' }],
	});
	expect(items.facets.columnLineage.fields.line_amount).toEqual({
		inputFields: [from('quantity'), from('unit_price')],
	});
	expect(items.facets.version.datasetVersion).toBe(`head ${await lake.head()}`);
	expect(items.outputFacets.outputStatistics).toMatchObject({ rowCount: 1, fileCount: 1 });
	expect(items.facets.symlinks.identifiers).toEqual([
		{
			namespace: 'awsathena://athena.eu-central-1.amazonaws.com',
			name: 'AwsDataCatalog.ecommerce_analytics_db.silver_order_items',
			type: 'TABLE',
		},
	]);
});

test('a task that changes nothing has no datasets, and one that fails says why', async () => {
	await perform('aggregate', (context) => aggregate(context, { kind: 'all' }));
	expect(events().at(-1)).toMatchObject({ eventType: 'COMPLETE', inputs: [], outputs: [] });
	await perform('clean', () => Promise.reject(new Error('it is broken')));
	expect(events().at(-1)).toMatchObject({
		eventType: 'FAIL',
		run: { facets: { errorMessage: { message: 'it is broken' } } },
	});
	expect(events().flatMap(schemaFaults)).toEqual([]);
});

test('the steps of run are runs below it, with their own datasets', async () => {
	await perform('run', async (context) => {
		await ingest(context.step('ingest'));
		const cleaned = await clean(context.step('clean'), { batches: [batch] });
		const steps = [
			{ step: 'ingest', status: 'published', seconds: 1 },
			{ step: 'clean', status: 'published', seconds: 2 },
		];
		return { ...cleaned, steps };
	});
	expect(events().flatMap(schemaFaults)).toEqual([]);
	expect(events().map(({ eventType, job }) => `${eventType} ${job.name}`)).toEqual([
		...['START shoplake.run', 'START shoplake.ingest', 'COMPLETE shoplake.ingest'],
		...['START shoplake.clean', 'COMPLETE shoplake.clean', 'COMPLETE shoplake.run'],
	]);
	const [run, , , , cleaned] = events();
	expect(cleaned.run.facets.parent).toMatchObject({
		run: { runId: run.run.runId },
		job: { namespace: 'shoplake', name: 'shoplake.run' },
	});
	expect(names(cleaned.outputs)).toContain('s3://lake silver/orders');
});

test('what Airflow passes is the parent of the run, and the key goes with each event', async () => {
	await perform('crawl', async () => ({ status: 'unchanged' }), {
		OPENLINEAGE_PARENT_ID: `prod/eu/shoplake_daily.crawl/${uuid}`,
		OPENLINEAGE_ROOT_PARENT_ID: `prod/eu/shoplake_daily/${uuid}`,
		OPENLINEAGE_NAMESPACE: 'prod',
		OPENLINEAGE_API_KEY: 'secret',
		OPENLINEAGE_ENDPOINT: '/custom/lineage',
	});
	expect(events().flatMap(schemaFaults)).toEqual([]);
	expect(events()[0].run.facets.parent).toMatchObject({
		run: { runId: uuid },
		job: { namespace: 'prod/eu', name: 'shoplake_daily.crawl' },
		root: { run: { runId: uuid }, job: { namespace: 'prod/eu', name: 'shoplake_daily' } },
	});
	expect(events()[0].job.namespace).toBe('prod');
	expect(server.received.map(({ path, authorization }) => `${path} ${authorization}`)).toEqual([
		'/custom/lineage Bearer secret',
		'/custom/lineage Bearer secret',
	]);
});

test('events go to a file, one a line', async () => {
	const path = join(folder, 'events.ndjson');
	await perform('crawl', async () => ({ status: 'unchanged' }), {
		...{ OPENLINEAGE_URL: '', OPENLINEAGE__TRANSPORT__TYPE: 'file', OPENLINEAGE__TRANSPORT__LOG_FILE_PATH: path },
	});
	const lines = (await readFile(path, 'utf8')).trim().split('\n');
	expect(lines.map((line) => JSON.parse(line).eventType)).toEqual(['START', 'COMPLETE']);
});

test.each([
	['OPENLINEAGE_DISABLED', 'clean', { OPENLINEAGE_DISABLED: 'true' }, {}],
	['a dry run', 'clean', {}, { dryRun: true }],
	['a task that moves no data', 'status', {}, {}],
])('nothing is sent for %s', async (_, task, env, flags) => {
	expect(await perform(task, async () => ({ status: 'done' }), env, flags)).toEqual([]);
	expect(server.received).toEqual([]);
});

describe('a task is not affected', () => {
	const unchanged = async (): Promise<Outcome> => ({ status: 'unchanged' });

	test('by a server that is down', async () => {
		await server.stop();
		const warnings = await perform('clean', unchanged);
		expect(warnings).toEqual([expect.stringContaining('ECONNREFUSED. The run itself is not affected.')]);
	});

	test('by a server that refuses the events', async () => {
		const refusing = await startLineageServer({ answer: 500 });
		const warnings = await perform('clean', unchanged, { OPENLINEAGE_URL: refusing.url });
		expect(warnings).toEqual([expect.stringContaining('it answers 500')]);
		await refusing.stop();
	});

	test('by a server that never answers', async () => {
		const silent = await startLineageServer({ answer: null });
		const warnings = await perform('clean', unchanged, { OPENLINEAGE_URL: silent.url });
		expect(warnings).toEqual([expect.stringContaining('no answer in time')]);
		await silent.stop();
	});

	test.each([
		['an address that is none', { OPENLINEAGE_URL: 'marquez' }, 'OPENLINEAGE_URL=marquez'],
		['a file without a path', { OPENLINEAGE_URL: '', OPENLINEAGE__TRANSPORT__TYPE: 'file' }, 'LOG_FILE_PATH'],
		['a parent that is none', { OPENLINEAGE_PARENT_ID: 'a/b' }, 'OPENLINEAGE_PARENT_ID=a/b'],
	])('by %s', async (_, env, said) => {
		expect(await perform('clean', unchanged, env)).toEqual([expect.stringContaining(said)]);
	});
});

test('the check by the official schemas finds what breaks them', () => {
	const settings = readLineageSettings({ OPENLINEAGE_URL: 'http://localhost' }, {
		warn: () => undefined,
	} as unknown as TaskContext['log']);
	const event = runEvent(settings ?? { namespace: 'x' }, {
		...{ type: 'START', at: new Date(), runId: uuid, task: 'clean', parent: undefined, root: undefined, tags: {} },
	}) as Record<string, Record<string, unknown>>;
	expect(schemaFaults(event)).toEqual([]);
	for (const broken of [
		{ ...event, eventType: 'DONE' },
		{ ...event, run: { ...event.run, runId: 'one' } },
		{ ...event, job: {} },
		{ ...event, producer: undefined },
		{ ...event, outputs: [{ name: 'x' }] },
		{
			...event,
			job: {
				...event.job,
				facets: {
					jobType: { ...(event.job as { facets: { jobType: object } }).facets.jobType, processingType: undefined },
				},
			},
		},
	]) {
		expect(schemaFaults(broken)).not.toEqual([]);
	}
});
