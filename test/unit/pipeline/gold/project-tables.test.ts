import fc from 'fast-check';
import { loadProject } from '../../../../tasks/project';
import type { Row } from '../../../support/model';
import { contract, inProject, type ProjectFiles } from '../../../support/project-folder';
import { runs } from '../../properties/runs';
import { GoldLake } from './gold-lake';
import { event, line, order, product, silver } from './silver-rows';

const files: ProjectFiles = {
	'contracts/order_status.ts': contract(`
		description: 'Orders of a date by status: one row per status.',
		partition: 'order_date',
		columns: {
			status: { type: 'string', description: 'The status.' },
			orders: { type: 'bigint', description: 'Orders.' },
			revenue: { type: 'decimal(18,2)', description: 'Their amounts.' },
		},
		key: ['status'],`),
	'sql/gold/order_status.sql': `-- A row is a date and a status, cancelled orders included.
-- Inputs: orders.
select order_date, status, count(*) as orders, cast(sum(total_amount) as decimal(38,2)) as revenue
from orders
group by order_date, status
`,
	// Reads a table of the project, a step of the product, events of the date and the catalogue.
	'contracts/conversion.ts': contract(`
		description: 'What became of the views of a date: one row per category.',
		partition: 'order_date',
		columns: {
			category: { type: 'string', description: 'The category.' },
			views: { type: 'bigint', description: 'Views.' },
			orders: { type: 'bigint', description: 'All orders of the date.' },
		},
		key: ['category'],`),
	'sql/gold/conversion.sql': `-- Inputs: order_status, events, products.
with all_orders as (
  select order_date, cast(sum(orders) as bigint) as orders from order_status group by order_date
)
select all_orders.order_date, products.category, count(events.event_id) as views, all_orders.orders
from all_orders
cross join products
left join events on events.event_date = all_orders.order_date and events.product_id = products.product_id
group by all_orders.order_date, products.category, all_orders.orders
`,
	'contracts/busiest_day.ts': contract(`
		description: 'The date with the most orders: one row.',
		partition: null,
		columns: {
			day: { type: 'date', description: 'The date.' },
			orders: { type: 'bigint', description: 'Its orders.' },
		},
		key: [],`),
	'sql/gold/busiest_day.sql': `-- Inputs: order_status.
select order_date as day, cast(sum(orders) as bigint) as orders
from order_status
group by order_date
order by orders desc, day
limit 1
`,
};

const [first, second] = ['2026-11-20', '2026-11-21'] as const;
const shoe = product('p1', 'Shoe', 'shoes');
const own = ['gold_order_status', 'gold_conversion', 'gold_busiest_day'];

let lab: GoldLake;
beforeEach(() => {
	lab = new GoldLake();
});
afterEach(() => lab.dispose());

/** Makes the lake belong to a project with these files. */
const use = (changed: ProjectFiles = {}) =>
	inProject({ ...files, ...changed }, async (folder) => {
		lab.project = await loadProject(folder);
	});
const planned = async () =>
	(await lab.planAll())
		.filter(({ table }) => own.includes(table))
		.map(({ table, partition, reason }) => `${table} ${partition}: ${reason}`);
const allRows = async () =>
	Object.fromEntries(await Promise.all(own.map(async (name) => [name, await lab.ownRows(name)] as const)));

const one = order('o1', first, 'ann', '10.00');
const two = order('o2', first, 'bob', '5.50', 'cancelled');
const late = order('o3', second, 'cem', '7.00');

describe('the Gold tables of a project', () => {
	it('are computed like the product’s own, by their contracts', async () => {
		await use();
		await lab.setSilver(
			silver({
				orders: [one, two],
				order_items: [line(one, 'p1', 1, '10.00')],
				products: [shoe],
				events: [event('product_view', 'ann', 'p1', `${first} 10:00:00`)],
			}),
		);
		expect(await planned()).toEqual([
			`gold_order_status ${first}: never computed`,
			`gold_conversion ${first}: never computed`,
			'gold_busiest_day all: never computed',
		]);
		await lab.aggregate();
		expect(await allRows()).toEqual({
			gold_order_status: [
				{ order_date: first, status: 'completed', orders: 1, revenue: '10.00' },
				{ order_date: first, status: 'cancelled', orders: 1, revenue: '5.50' },
			],
			gold_conversion: [{ order_date: first, category: 'shoes', views: 1, orders: 2 }],
			gold_busiest_day: [{ day: first, orders: 2 }],
		});
		expect(await planned()).toEqual([]);
		expect((await lab.aggregate()).status).toBe('unchanged');
	});

	it('are restated by late data, by a renamed category and when a date is gone, and not otherwise', async () => {
		await use();
		await lab.setSilver(silver({ orders: [one, late], products: [shoe] }));
		await lab.aggregate();
		const before = await lab.versions('gold_order_status');
		await lab.setSilver(silver({ orders: [one, two, late], products: [shoe] }));
		expect(await planned()).toEqual([
			`gold_order_status ${first}: changed: orders`,
			`gold_conversion ${first}: changed: orders`,
			'gold_busiest_day all: changed: its statement, or a date of what it reads',
		]);
		await lab.aggregate();
		expect((await lab.versions('gold_order_status'))[second]).toBe(before[second]);
		await lab.setSilver(silver({ orders: [one, two, late], products: [product('p1', 'Shoe', 'boots')] }));
		expect(await planned()).toEqual([
			`gold_conversion ${first}: changed: names or categories of products`,
			`gold_conversion ${second}: changed: names or categories of products`,
		]);
		await lab.setSilver(silver({ orders: [late], products: [shoe] }));
		await lab.aggregate();
		expect(await allRows()).toEqual({
			gold_order_status: [{ order_date: second, status: 'completed', orders: 1, revenue: '7.00' }],
			gold_conversion: [{ order_date: second, category: 'shoes', views: 0, orders: 1 }],
			gold_busiest_day: [{ day: second, orders: 1 }],
		});
	});

	it('are recomputed when their statement changes, with those that read them; a comment or indentation is no change', async () => {
		await use();
		await lab.setSilver(silver({ orders: [one, two], products: [shoe] }));
		await lab.aggregate();
		const statement = files['sql/gold/order_status.sql'] as string;
		await use({
			'sql/gold/order_status.sql': `-- Another comment.\n${statement.replace('from orders', '  from orders')}`,
		});
		expect(await planned()).toEqual([]);
		await use({
			'sql/gold/order_status.sql': statement.replace('from orders', "from orders where status <> 'cancelled'"),
		});
		expect(await planned()).toEqual([
			`gold_order_status ${first}: changed: the statement`,
			`gold_conversion ${first}: changed: the statement`,
			'gold_busiest_day all: changed: its statement, or a date of what it reads',
		]);
		await lab.aggregate();
		expect(await lab.ownRows('gold_busiest_day')).toEqual([{ day: first, orders: 1 }]);
		expect(await planned()).toEqual([]);
	});

	it('stay as they are while the project does not define them, and are current again when it does', async () => {
		await use();
		await lab.setSilver(silver({ orders: [one], products: [shoe] }));
		await lab.aggregate();
		const rows = await allRows();
		const { project } = lab;
		lab.project = { ...project, goldTables: [] };
		await lab.aggregate();
		lab.project = project;
		expect(await planned()).toEqual([]);
		expect(await allRows()).toEqual(rows);
	});

	it('equal a rebuild, whatever changes of Silver came before', async () => {
		await use();
		const orders = fc.uniqueArray(
			fc.record({
				id: fc.constantFrom('o1', 'o2', 'o3', 'o4'),
				date: fc.constantFrom(first, second),
				status: fc.constantFrom('completed', 'cancelled'),
				amount: fc.constantFrom('1.00', '2.50'),
			}),
			{ selector: ({ id }) => id, maxLength: 4 },
		);
		const states = fc.array(fc.record({ orders, category: fc.constantFrom('shoes', 'boots') }), {
			minLength: 1,
			maxLength: 4,
		});
		await fc.assert(
			fc.asyncProperty(states, async (states) => {
				const lake = new GoldLake();
				lake.project = lab.project;
				for (const { orders, category } of states) {
					const rows: Row[] = orders.map(({ id, date, status, amount }) => order(id, date, 'ann', amount, status));
					await lake.setSilver(silver({ orders: rows, products: [product('p1', 'Shoe', category)] }));
					await lake.aggregate();
				}
				const versions = await Promise.all(own.map((name) => lake.versions(name)));
				await lake.rebuild();
				expect(await Promise.all(own.map((name) => lake.versions(name)))).toEqual(versions);
				const direct = states.at(-1)?.orders.length ?? 0;
				const counted = (await lake.ownRows('gold_order_status')).reduce((sum, { orders }) => sum + Number(orders), 0);
				expect(counted).toBe(direct);
				await lake.dispose();
			}),
			{ numRuns: runs(8) },
		);
	});
});

describe('a mistake in a statement of a project is told with file and line, and nothing is published', () => {
	const statement = files['sql/gold/order_status.sql'] as string;
	test.each([
		['total_amount', 'amount', 'sql/gold/order_status.sql, line 3, column 57: Referenced column "amount" not found'],
		[
			'group by order_date, status',
			'group by order_date,\n  state',
			'sql/gold/order_status.sql, line 6, column 3: Referenced column "state" not found',
		],
		[
			'count(*) as orders, ',
			'',
			'sql/gold/order_status.sql: the statement does not give the column orders of contracts/order_status.ts.',
		],
		[
			'count(*) as orders,',
			'count(*) as orders, 1 as n,',
			'sql/gold/order_status.sql: the statement gives the column n, which contracts/order_status.ts does not have.',
		],
		['select order_date', 'selec order_date', 'has to be one'],
	])('%s → %s', async (from, to, message) => {
		await lab.setSilver(silver({ orders: [one] }));
		await expect(
			use({ 'sql/gold/order_status.sql': statement.replace(from, to) }).then(() => lab.aggregate()),
		).rejects.toThrow(message);
		expect(await lab.versions('gold_order_kpis')).toEqual({});
	});

	it('in an audit', async () => {
		await lab.setSilver(silver({ orders: [one] }));
		const audit = (sql: string) => use({ 'sql/gold/order_status.audit.sql': `-- Inputs: order_status.\n${sql}` });
		await audit('select order_date\nfrom order_status where n > 1');
		await expect(lab.aggregate()).rejects.toThrow(
			'sql/gold/order_status.audit.sql, line 3, column 25: Referenced column "n"',
		);
		await audit('select status from order_status');
		await expect(lab.aggregate()).rejects.toThrow(
			'sql/gold/order_status.audit.sql: the statement has to give order_date, the date that it is about.',
		);
	});

	test.each(['orders', 'counting_lines'])('the name of what statements read: %s', async (name) => {
		const own = {
			[`contracts/${name}.ts`]: files['contracts/busiest_day.ts'],
			[`sql/gold/${name}.sql`]: '-- Inputs: events.\nselect * from events',
		};
		await use(own as ProjectFiles);
		await expect(lab.aggregate()).rejects.toThrow(
			`contracts/${name}.ts: statements know another ${name}. Give the file another name.`,
		);
	});

	it('an expression, at the line of the file', async () => {
		await lab.setSilver(silver({ orders: [one] }));
		const rate = '  {half_up(\n    10,\n    4\n  )} as revenue,\n  missing';
		await use({
			'sql/gold/order_status.sql': `-- Inputs: orders.\nwith all_orders as (select * from orders)\nselect order_date,\n${rate}\nfrom all_orders`,
		});
		await expect(lab.aggregate()).rejects.toThrow(
			'sql/gold/order_status.sql, line 8, column 3: Referenced column "missing"',
		);
	});

	it('an unknown expression', async () => {
		await use({ 'sql/gold/order_status.sql': statement.replace('count(*)', '{halfup(a, b)}') });
		await expect(lab.aggregate()).rejects.toThrow(
			'sql/gold/order_status.sql: no expression halfup of 2 values; there is {half_up(a, b)}.',
		);
	});

	it('an unknown input', async () => {
		await use({ 'sql/gold/order_status.sql': statement.replace('Inputs: orders', 'Inputs: order') });
		await expect(lab.aggregate()).rejects.toThrow(
			"sql/gold/order_status.sql: 'Inputs:' names order, which is not one of orders, order_items, products, events, gadget_sales,",
		);
	});
});

describe('rows that a contract does not allow', () => {
	const statement = files['sql/gold/order_status.sql'] as string;
	test.each([
		[
			'a key twice',
			{
				'sql/gold/order_status.sql': statement.replace(
					'group by order_date, status',
					'group by order_date, status, order_id',
				),
			},
			'gold_order_status: status is not unique: "completed", against contracts/order_status.ts',
		],
		[
			'a missing value',
			{ 'sql/gold/order_status.sql': statement.replace('count(*) as', 'nullif(count(*), 2) as') },
			'gold_order_status: orders is null, against contracts/order_status.ts',
		],
		[
			'a row of its audit',
			{
				'sql/gold/order_status.audit.sql':
					'-- Inputs: order_status.\nselect order_date, orders from order_status where orders > 1',
			},
			'gold_order_status: sql/gold/order_status.audit.sql finds orders 2',
		],
	])(
		'%s refuses its date alone; all other tables and dates are published',
		async (_, changed: ProjectFiles, message) => {
			await use(changed);
			await lab.setSilver(silver({ orders: [one, order('o9', first, 'bob', '1.00'), late] }));
			await expect(lab.aggregate()).rejects.toThrow(`${first}: ${message}`);
			expect(Object.keys(await lab.versions('gold_order_status'))).toEqual([second]);
			expect(Object.keys(await lab.versions('gold_order_kpis'))).toEqual([first, second]);
		},
	);
});
