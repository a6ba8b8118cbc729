import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyLake } from '../../../tasks/operations/verify';
import { planSteps, reportStatus } from '../../../tasks/pipeline';
import { exportBatch } from '../../../tasks/pipeline/bronze';
import { inspectFiles } from '../../../tasks/pipeline/inspect';
import { withdraw } from '../../../tasks/pipeline/silver';
import { contract, type ProjectFiles } from '../../support/project-folder';
import { inFolder, ProjectLake } from './project-lake';

const [first, second] = ['2026-11-20', '2026-11-21'] as const;

const returns: ProjectFiles = {
	'contracts/returns.ts': `import { defineDataset, keyText, moment, optional, text, whole } from 'shoplake';
export default defineDataset({
	description: 'Goods that came back.',
	fields: {
		return_id: keyText('Identifies the return on its date.'),
		order_id: keyText('The order it belongs to.'),
		returned_at: moment('When it arrived, UTC.'),
		units: whole('Units that came back.', { moreThan: 0 }),
		reason: optional(text('Why, in the words of the customer.')),
	},
	key: ['return_id', 'return_date'],
	eventTime: 'returned_at',
	partition: { column: 'return_date', description: 'The UTC date of returned_at.' },
});
`,
	'contracts/returned_units.ts': contract(`
		description: 'What came back on a date, of the orders of that date.', partition: 'return_date', key: [],
		columns: {
			units: { type: 'bigint', description: 'Units.' },
			orders: { type: 'bigint', description: 'Orders of the date.' },
		},`),
	'sql/gold/returned_units.sql': `-- Inputs: returns, orders.
with by_date as (select return_date, cast(sum(units) as bigint) as units from returns group by return_date)
select return_date, units, (select count(*) from orders where orders.order_date = by_date.return_date) as orders from by_date`,
};

const csv = (...rows: string[]): string => `return_id,order_id,returned_at,units,reason\n${rows.join('\n')}\n`;
const rows = 'select return_id, units, return_date from silver_returns order by all';

let lake: ProjectLake;
beforeEach(async () => {
	lake = new ProjectLake();
	await lake.use(returns);
});

describe('a dataset of a project', () => {
	it('is ingested by the names of files, validated, deduplicated, queried, verified, exported and withdrawn', async () => {
		const text = csv(
			`r1,o1,${first}T10:00:00Z,1,too small`,
			`r2,o1,${first}T23:30:00-01:00,2,`,
			`r3,o2,${first}T10:00:00Z,0,`,
		);
		await lake.load(first, { 'returns-1.csv': text });
		expect(await lake.query(rows)).toEqual([
			['r1', '1', first],
			['r2', '2', second],
		]);
		expect(await lake.query('select file, line, rule from lake_quarantine')).toEqual([['returns-1.csv', '4', 'range']]);
		// A copy is a duplicate, another reason a newer version.
		await lake.load(second, {
			'returns.csv': csv(`r1,o1,${first}T10:00:00Z,1,too small`, `r1,o1,${first}T10:00:00Z,3,`),
		});
		expect(await lake.query(rows)).toEqual([
			['r1', '3', first],
			['r2', '2', second],
		]);
		expect(
			await lake.query('select dataset, batch, received, kept, duplicates, superseded, rejected from lake_batches'),
		).toEqual([
			['returns', first, '3', '1', '0', '1', '1'],
			['returns', second, '2', '1', '1', '0', '0'],
		]);
		expect(await lake.query('select count(*) from bronze_returns')).toEqual([['4']]);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
		await inFolder({}, async (out) => {
			await lake.process((context) => exportBatch(context, { batch: first, out }));
			expect(await readFile(join(out, 'returns-0000.csv'), 'utf8')).toBe(text);
		});
		await lake.process((context) => withdraw(context, { batch: second }));
		expect(await lake.query(rows)).toEqual([
			['r1', '1', first],
			['r2', '2', second],
		]);
		const { partitions = [] } = await lake.rebuild();
		expect(partitions.filter((partition) => partition.startsWith('silver_'))).toEqual([]);
	});

	it('is planned, reported by status, and inspected like the product’s own', async () => {
		await lake.ingest(first, { 'returns.csv': csv(`r1,o1,${first}T10:00:00Z,1,`) });
		await lake.process(async (context) => {
			const snapshot = await (await context.lake()).newest();
			expect(await planSteps(context, snapshot)).toContainEqual({
				task: 'clean',
				on: `returns ${first}`,
				reason: 'new',
			});
			const [row] = await reportStatus(context, snapshot, undefined);
			expect(row).toMatchObject({ date: first, silver: 'missing', why: 'returns: ingested, not cleaned' });
		});
		await inFolder({ 'export.csv': csv(`r1,o1,${first}T10:00:00Z,1,`) }, async (folder) => {
			const { files } = await lake.process((context) => inspectFiles(context, { files: [folder] }));
			expect(files).toMatchObject([
				{ match: { kind: 'dataset', name: 'returns', fits: true }, landing: { accepted: 1 } },
			]);
		});
	});

	it('takes a mapping, and the records of a folder of SQL', async () => {
		const mapping = { returns: { columns: { return_id: 'id' }, constants: { units: 1 } } };
		const record = { id: 'r1', order_id: 'o1', returned_at: `${first}T10:00:00Z` };
		await lake.load(
			first,
			{ 'returns.ndjson': `${JSON.stringify(record)}\n`, 'map.json': JSON.stringify(mapping) },
			{ map: 'map.json' },
		);
		const source = {
			'source.json': JSON.stringify({
				title: 'A shop',
				description: 'Its export.',
				files: { source: { match: ['*.csv'], format: 'csv' } },
			}),
			'returns.sql': `-- Inputs: source.
select _file, _line, id as return_id, 'o1' as order_id, '${second}T08:00:00Z' as returned_at, 2 as units from source`,
		};
		await inFolder(source, (map) => lake.load(second, { 'export.csv': 'id\nr2\n' }, { map }));
		expect(await lake.query(rows)).toEqual([
			['r1', '1', first],
			['r2', '2', second],
		]);
	});

	it('has dates that a Gold table of the project is computed by, which late records make stale', async () => {
		const order = { order_id: 'o1', user_id: 'u1', order_date: second, total_amount: '1', status: 'completed' };
		await lake.load(first, {
			'returns.csv': csv(`r1,o1,${first}T10:00:00Z,1,`, `r2,o1,${second}T10:00:00Z,2,`),
			'orders.ndjson': `${JSON.stringify(order)}\n`,
		});
		await lake.aggregate();
		const gold = 'select return_date, units, orders from gold_returned_units order by 1';
		expect(await lake.query(gold)).toEqual([
			[first, '1', '0'],
			[second, '2', '1'],
		]);
		await lake.load(second, { 'returns.csv': csv(`r3,o1,${first}T10:00:00Z,4,`) });
		const plan = await lake.process(async (context) => planSteps(context, await (await context.lake()).newest()));
		expect(plan.filter(({ on }) => on.includes('returned'))).toEqual([
			{ task: 'aggregate', on: `gold_returned_units ${first}`, reason: 'changed: returns' },
		]);
		await lake.aggregate();
		expect(await lake.query(gold)).toEqual([
			[first, '5', '0'],
			[second, '2', '1'],
		]);
	});

	it('gets a further field by rebuild --retype', async () => {
		await lake.load(first, {
			'returns.ndjson': `${JSON.stringify({ return_id: 'r1', order_id: 'o1', returned_at: `${first}T10:00:00Z`, units: 1, fee: '2.5' })}\n`,
		});
		const text = returns['contracts/returns.ts'] as string;
		await lake.use({
			...returns,
			'contracts/returns.ts': text
				.replace('keyText, moment', 'keyText, moment, money')
				.replace('reason:', "fee: optional(money('What it cost.')),\n\t\treason:"),
		});
		expect(await lake.retype()).toEqual([`returns/${first}`]);
		expect(await lake.query('select return_id, fee from silver_returns')).toEqual([['r1', '2.50']]);
	});

	it('is left as it is by a process that does not know it, which may change all else', async () => {
		await lake.load(first, { 'returns.csv': csv(`r1,o1,${first}T10:00:00Z,1,`) });
		await lake.ingest(second, { 'returns.csv': csv(`r2,o1,${second}T10:00:00Z,1,`) });
		await lake.use();
		const order = { order_id: 'o1', user_id: 'u1', order_date: second, total_amount: '1', status: 'completed' };
		await lake.load(second, { 'orders.ndjson': `${JSON.stringify(order)}\n` });
		await lake.rebuild();
		await lake.aggregate();
		expect(await lake.query('select order_id from silver_orders')).toEqual([['o1']]);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
		await lake.use(returns);
		expect(await lake.query(rows)).toEqual([['r1', '1', first]]);
		await lake.clean(second);
		expect(await lake.query(rows)).toEqual([
			['r1', '1', first],
			['r2', '1', second],
		]);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
	});
});
