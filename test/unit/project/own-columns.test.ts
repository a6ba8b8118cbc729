import fc from 'fast-check';
import { warnOfOutdatedBatches } from '../../../tasks/commands/outdated-batches';
import { goldTables } from '../../../tasks/contracts';
import { verifyLake } from '../../../tasks/operations/verify';
import { listOutdatedBatches, rebuild, retype } from '../../../tasks/pipeline';
import { crawl } from '../../../tasks/pipeline/catalog';
import { withdraw } from '../../../tasks/pipeline/silver';
import { testContext } from '../../support/context';
import { contract, type ProjectFiles } from '../../support/project-folder';
import { StandInGlue } from '../../support/stand-in-glue';
import { runs } from '../properties/runs';
import { inFolder, ProjectLake } from './project-lake';

const [first, second] = ['2026-11-20', '2026-11-21'] as const;

const columns = (fields: string): string =>
	`import { day, defineColumns, figure, keyText, moment, money, optional, text, whole, word } from 'shoplake';\nexport default defineColumns({ ${fields} });\n`;
const channel: ProjectFiles = {
	'contracts/orders.ts': columns("channel: optional(word('Where it was placed.', ['web', 'shop']))"),
};

const order = (order_id: string, more: object = {}): string =>
	`${JSON.stringify({ order_id, user_id: 'u1', order_date: first, total_amount: '10.00', status: 'pending', ...more })}\n`;
const channels = 'select order_id, channel from silver_orders order by 1';

let lake: ProjectLake;
beforeEach(() => {
	lake = new ProjectLake();
});

describe('a column that a project adds to orders', () => {
	it('is typed, validated, stored, queried and accounted for like the product’s own', async () => {
		await lake.use(channel);
		const orders = [order('o1', { channel: ' web ' }), order('o2'), order('o3', { channel: 'mail' })].join('');
		await lake.load(first, { 'orders.ndjson': orders });
		expect(await lake.query(channels)).toEqual([
			['o1', 'web'],
			['o2', null],
		]);
		expect(await lake.query('select order_id, channel, _extra from bronze_orders order by 1')).toEqual([
			['o1', 'web', null],
			['o2', null, null],
		]);
		expect(await lake.query('select rule, message from lake_quarantine')).toEqual([
			['enum', expect.stringContaining("channel is 'mail'")],
		]);
		expect(await lake.process((context) => verifyLake(context, {}))).toMatchObject({ findings: [] });
	});

	it('keeps versions of shoplake from before projects out: only the ledger of such a lake has format 3', async () => {
		const format = () =>
			lake.process(async (context) => (await (await (await context.lake()).newest()).ledger()).format);
		await lake.load(first, { 'orders.ndjson': order('o1') });
		expect(await format()).toBe(2);
		await lake.use(channel);
		await lake.load(second, { 'orders.ndjson': order('o1') });
		expect(await format()).toBe(3);
	});

	it('is part of a record’s content: another value is a newer version', async () => {
		await lake.use(channel);
		await lake.load(first, { 'orders.ndjson': order('o1', { channel: 'web' }) });
		await lake.load(second, { 'orders.ndjson': order('o1', { channel: 'web' }) + order('o1', { channel: 'shop' }) });
		expect(await lake.query(channels)).toEqual([['o1', 'shop']]);
		expect(await lake.query('select batch, kept, duplicates, superseded from lake_batches order by 1')).toEqual([
			[first, '0', '0', '1'],
			[second, '1', '1', '0'],
		]);
	});

	it('is read by a Gold table of the project, and a changed value makes its date stale', async () => {
		await lake.use({
			...channel,
			'contracts/channels.ts': contract(`
				description: 'Orders of a date by channel.', partition: 'order_date', key: ['channel'],
				columns: {
					channel: { type: 'string', description: 'The channel.' },
					orders: { type: 'bigint', description: 'Orders.' },
				},`),
			'sql/gold/channels.sql':
				"-- Inputs: orders.\nselect order_date, coalesce(channel, 'none') as channel, count(*) as orders from orders group by all",
		});
		await lake.load(first, { 'orders.ndjson': order('o1', { channel: 'web' }) + order('o2') });
		await lake.aggregate();
		const gold = 'select channel, orders from gold_channels order by 1';
		expect(await lake.query(gold)).toEqual([
			['none', '1'],
			['web', '1'],
		]);
		await lake.load(second, { 'orders.ndjson': order('o2', { channel: 'shop' }) });
		await lake.aggregate();
		expect(await lake.query(gold)).toEqual([
			['shop', '1'],
			['web', '1'],
		]);
	});

	it('may be renamed to by a mapping, and be given by a folder of SQL', async () => {
		await lake.use(channel);
		const mapping = { orders: { columns: { channel: 'Sales channel' } } };
		await lake.load(
			first,
			{ 'orders.ndjson': order('o1', { 'Sales channel': 'web' }), 'map.json': JSON.stringify(mapping) },
			{ map: 'map.json' },
		);
		const source = {
			'source.json': JSON.stringify({
				title: 'A shop',
				description: 'Its export.',
				files: { source: { match: ['*.csv'], format: 'csv' } },
			}),
			'orders.sql': `-- Inputs: source.
select _file, _line, id as order_id, 'u1' as user_id, '${first}' as order_date, '1' as total_amount, 'pending' as status, via as channel from source`,
		};
		await inFolder(source, (map) => lake.load(second, { 'export.csv': 'id,via\no2,shop\n' }, { map }));
		expect(await lake.query(channels)).toEqual([
			['o1', 'web'],
			['o2', 'shop'],
		]);
	});
});

it.each([
	['order_items', "gift: optional(text('A text.'))", { gift: 'yes' }, 'yes'],
	['products', "weight: optional(figure('Kilograms.'))", { weight: '1.50' }, '1.5'],
	['events', "seen: optional(moment('When.'))", { seen: '2026-11-20T10:00:00+02:00' }, '2026-11-20 08:00:00'],
	['gadget_sales', "due: optional(day('A date.'))", { due: '2026-12-24' }, '2026-12-24'],
	['orders', "tip: optional(money('A tip.', { atLeast: 0 }))", { tip: '1.005' }, '1.01'],
])('every dataset takes columns: %s', async (dataset, column, value, stored) => {
	await lake.use({ [`contracts/${dataset}.ts`]: columns(column) });
	const records: Record<string, object> = {
		products: { product_id: 'p1', category: 'c', name: 'n', price: '1.00' },
		orders: JSON.parse(order('o1')),
		order_items: { order_id: 'o1', product_id: 'p1', quantity: 1, unit_price: '1.00' },
		events: {
			event_id: 'e1',
			event_type: 'purchase',
			user_id: 'u',
			product_id: 'p1',
			event_time: `${first}T10:00:00Z`,
		},
		gadget_sales: {
			...{ orderid: '1', product_name: 'Phone', quantity: 1, price: '1.00', event_type: 'INSERT', event_id: 'e1' },
			event_time: `${first}T10:00:00Z`,
		},
	};
	const files = Object.entries(records).map(([name, record]) => [
		`${name}.ndjson`,
		`${JSON.stringify(name === dataset ? { ...record, ...value } : record)}\n`,
	]);
	await lake.load(first, Object.fromEntries(files));
	const [name = ''] = Object.keys(value);
	expect(await lake.query(`select cast(${name} as varchar) from silver_${dataset}`)).toEqual([[stored]]);
	expect(await lake.query('select sum(kept), sum(received) from lake_batches')).toEqual([['5', '5']]);
});

it('columns that are named like those of other datasets leave the product’s tables as they are', async () => {
	const named = (...names: string[]) => columns(names.map((name) => `${name}: optional(text('x'))`).join(', '));
	const project: ProjectFiles = {
		'contracts/orders.ts': named(
			'product_id',
			'line_number',
			'quantity',
			'unit_price',
			'line_amount',
			'name',
			'category',
			'n',
			'fingerprint',
			'date',
			'key',
			'value',
			'source',
			'version',
			'units',
		),
		'contracts/order_items.ts': named('user_id', 'total_amount', 'status', 'name', 'category', 'price', 'amount'),
		'contracts/products.ts': named('order_id', 'user_id', 'status', 'quantity', 'order_date', 'event_type'),
		'contracts/events.ts': named('order_id', 'name', 'category', 'status', 'views'),
		'contracts/gadget_sales.ts': named('product_id', 'name', 'category', 'user_id', 'hour', 'units'),
	};
	const files = {
		'orders.ndjson': order('o1', { status: 'completed', quantity: 'many' }),
		'order_items.ndjson':
			'{"order_id":"o1","line_number":1,"product_id":"p1","quantity":2,"unit_price":"5.00","status":"new"}\n',
		'products.ndjson': '{"product_id":"p1","category":"c","name":"n","price":"5.00","order_id":"o9"}\n',
		'events.ndjson': `{"event_id":"e1","event_type":"purchase","user_id":"u","product_id":"p1","event_time":"${first}T10:00:00Z","category":"x"}\n`,
		'gadget_sales.ndjson': `{"orderid":"1","product_name":"n","quantity":1,"price":"1.00","event_type":"INSERT","event_id":"e1","event_time":"${first}T10:00:00Z"}\n`,
	};
	const gold = async (one: ProjectLake) => {
		await one.load(first, files);
		await one.load(second, { 'orders.ndjson': order('o1', { order_date: second, status: 'completed' }) });
		await one.aggregate();
		const tables = Object.values(goldTables).map(({ name }) => one.query(`select * from ${name} order by all`));
		return Promise.all(tables);
	};
	const plain = new ProjectLake();
	await lake.use(project);
	expect(await gold(lake)).toEqual(await gold(plain));
});

it('a lake that was loaded before a column was added, and is typed again, equals one loaded with the column', async () => {
	const value = fc.constantFrom('web', 'shop', 'mail', undefined);
	const history = fc.array(
		fc.record({
			batch: fc.constantFrom(first, second, '2026-11-22'),
			orders: fc.array(
				fc.record({ id: fc.constantFrom('o1', 'o2', 'o3'), date: fc.constantFrom(first, second), value }),
				{
					minLength: 1,
					maxLength: 4,
				},
			),
		}),
		{ minLength: 1, maxLength: 3 },
	);
	await fc.assert(
		fc.asyncProperty(history, fc.nat(), async (steps, before) => {
			const since = before % (steps.length + 1);
			const [grown, fresh] = [new ProjectLake(), new ProjectLake()];
			await fresh.use(channel);
			await grown.use({});
			for (const [index, { batch, orders }] of steps.entries()) {
				if (index === since) await grown.use(channel);
				const lines = orders.map(({ id, date, value }) => order(id, { order_date: date, channel: value }));
				for (const one of [grown, fresh]) await one.load(batch, { 'orders.ndjson': lines.join('') });
			}
			await grown.use(channel);
			await grown.retype();
			const state = async (one: ProjectLake) => ({
				silver: await one.query('select * from silver_orders order by all'),
				bronze: await one.query('select * exclude (_raw) from bronze_orders order by all'),
				accounts: await one.accounts(),
				quarantine: await one.query('select file, line, rule, message from lake_quarantine order by all'),
			});
			expect(await state(grown)).toEqual(await state(fresh));
		}),
		{ numRuns: runs(3) },
	);
});

describe('a process that lacks a column of the lake', () => {
	beforeEach(async () => {
		await lake.use(channel);
		await lake.load(first, { 'orders.ndjson': order('o1', { channel: 'web' }) });
	});

	const tasks: [string, (one: ProjectLake) => Promise<unknown>][] = [
		['ingest', (one) => one.ingest(second, { 'orders.ndjson': order('o2') })],
		['withdraw', (one) => one.process((context) => withdraw(context, { batch: first }))],
		['rebuild --retype', (one) => one.process((context) => retype(context))],
		['crawl', (one) => one.process((context) => crawl({ ...context, aws: emptyAws } as never))],
	];
	const emptyAws = { glue: async () => new StandInGlue().client(), s3: async () => ({}) };

	it.each(tasks)('of the plain image is refused a change of the lake: %s (exit code 78)', async (_, work) => {
		await lake.use();
		const head = await lake.head();
		await expect(work(lake)).rejects.toMatchObject({
			exitCode: 78,
			message: expect.stringContaining('A project has added the column orders.channel to this lake'),
		});
		expect(await lake.head()).toBe(head);
		expect(await lake.query('select order_id from silver_orders')).toEqual([['o1']]);
	});

	it('because the project has removed it, is told to type the batches again; then the value is an extra field', async () => {
		await lake.use({});
		await expect(lake.ingest(second, { 'orders.ndjson': order('o2') })).rejects.toMatchObject({
			exitCode: 78,
			message: expect.stringContaining(
				"The batches of orders have the column orders.channel, which the project no longer defines. Put it back, or remove it from the lake: 'shoplake rebuild --retype'.",
			),
		});
		expect(await lake.retype()).toEqual([`orders/${first}`]);
		await lake.load(second, { 'orders.ndjson': order('o2') });
		expect(await lake.query('select * exclude (order_date) from silver_orders order by 1')).toEqual([
			['o1', 'u1', '10.00', 'pending'],
			['o2', 'u1', '10.00', 'pending'],
		]);
		expect(await lake.query(`select _extra from bronze_orders where order_id = 'o1'`)).toEqual([['{"channel":"web"}']]);
		// With the column back its values are back.
		await lake.use(channel);
		await lake.retype();
		expect(await lake.query(channels)).toEqual([
			['o1', 'web'],
			['o2', null],
		]);
	});

	it('is refused where it has the column with another type', async () => {
		await lake.use({ 'contracts/orders.ts': columns("channel: optional(whole('A number.'))") });
		const refusal = {
			exitCode: 78,
			message: expect.stringContaining(
				'contracts/orders.ts: channel: the lake has it as string, not int, and a column keeps its type.',
			),
		};
		await expect(lake.ingest(second, { 'orders.ndjson': order('o2') })).rejects.toMatchObject(refusal);
		await expect(lake.process((context) => retype(context))).rejects.toMatchObject(refusal);
	});

	it('may change Gold', async () => {
		await lake.use();
		expect((await lake.aggregate()).status).toBe('published');
	});
});

it('without --retype, rebuild keeps the types of the batches from before, of which plan, status and rebuild warn', async () => {
	await lake.use({});
	await lake.load(first, { 'orders.ndjson': order('o1', { channel: 'web' }) });
	await lake.use(channel);
	expect(await lake.process((context) => retype(context, { dryRun: true }))).toEqual([`orders/${first}`]);
	const { context, logged, dispose } = testContext({ store: lake.store, project: lake.project });
	const opened = await context.lake();
	warnOfOutdatedBatches(context, await listOutdatedBatches(await (await opened.newest()).ledger(), opened));
	await dispose();
	expect(logged).toEqual([
		`warn: 1 batches keep the types of earlier contracts, such as orders/${first}: 'shoplake rebuild --retype' types them again, from the texts of their records.`,
	]);
	await lake.process((context) => rebuild(context, undefined));
	expect(await lake.query(channels)).toEqual([['o1', null]]);
});
