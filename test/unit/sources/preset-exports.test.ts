import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { TaskContext } from '../../../tasks/context';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import { noProject, type Project } from '../../../tasks/project';
import { query } from '../../../tasks/query';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { runs } from '../properties/runs';

/** A preset, its fixture, and what the lake has of it. Rows are CSV without a header. */
interface Expected {
	readonly preset: string;
	readonly params?: readonly string[];
	/** order_id, user_id, order_date, total_amount, status */
	readonly orders: readonly string[];
	/** order_id, line_number, product_id, quantity, unit_price */
	readonly items: readonly string[];
	/** product_id, name, category, price, current_stock, rating */
	readonly products: readonly string[];
	/** file, line */
	readonly unused: readonly string[];
	/** category, units, revenue: worked out by hand from the fixture */
	readonly revenue: readonly string[];
}

const presets: readonly Expected[] = [
	{
		preset: 'shopify',
		orders: [
			'#1001,ann@example.com,2025-11-20,40.00,returned',
			'#1002,søren.ø@example.com,2025-11-20,62.75,completed',
			'#1003,guest:#1003,2025-11-20,51.50,returned',
			'#1004,bob@example.com,2025-11-20,16.00,cancelled',
			'#1005,guest:#1005,2025-11-21,40.00,pending',
			'#1006,ann@example.com,2025-11-21,57.00,completed',
			'#1007,zoe@example.com,2025-11-21,12.50,pending',
			'#1008,una@example.com,2025-11-21,12.50,completed',
		],
		items: [
			'#1001,1,TRAY-OAK,1,40.00',
			'#1002,1,MUG-BL,2,12.50',
			'#1002,2,TRAY-OAK,1,40.00',
			'#1002,3,MUG-BL,1,12.50',
			'#1003,1,MUG-BL,3,12.50',
			'#1003,2,TEA-GEN,1,14.00',
			'#1004,1,TEA-GEN,1,16.00',
			'#1005,1,TRAY-OAK,1,40.00',
			'#1006,1,TEA-GEN,2,16.00',
			'#1006,2,Gift Card - $25.00,1,25.00',
			'#1007,1,MUG-BL,1,12.50',
			'#1008,1,MUG-BL,1,12.50',
		],
		products: [
			'Gift Card - $25.00,Gift Card - $25.00,Hearth & Co,25.00,,',
			'MUG-BL,Enamel Mug - Blue,Kitchen,12.50,0,',
			'TEA-GEN,Genmaicha 玄米茶,Tea,16.00,31,',
			'TRAY-OAK,Oak Tray,Hearth & Co,40.00,,',
		],
		unused: ['orders_export_2.csv,4'],
		// Kitchen: 1 + 1 + 3 + 2 + 1 mugs. Tea: 2 × 16 + 14, without the cancelled 16. Hearth & Co: 3 trays, a gift card.
		revenue: ['Hearth & Co,4,145.00', 'Kitchen,8,100.00', 'Tea,3,46.00'],
	},
	{
		preset: 'woocommerce',
		orders: [
			'2107,jo@example.com,2025-11-20,71.00,completed',
			'2108,mia@example.com,2025-11-20,54.00,completed',
			'2109,jo@example.com,2025-11-20,1248.00,completed',
			'2110,mia@example.com,2025-11-21,30.00,returned',
			'2111,guest:2111,2025-11-21,56.00,returned',
			'2112,li@example.com,2025-11-21,18.00,cancelled',
			'2113,li@example.com,2025-11-21,20.00,pending',
			'2114,li@example.com,2025-11-21,20.00,cancelled',
		],
		items: [
			'2107,1,CAP-GRN,2,18.00',
			'2107,2,SCARF-01,1,30.00',
			'2108,1,SCARF-01,2,27.00',
			'2109,1,"Coffee beans, 1 kg",60,20.00',
			'2109,2,CAP-GRN,1,18.00',
			'2109,3,SCARF-01,1,30.00',
			'2111,1,CAP-GRN,1,18.00',
			'2111,2,"Coffee beans, 1 kg",1,20.00',
			'2112,1,CAP-GRN,1,18.00',
			'2113,1,"Coffee beans, 1 kg",1,20.00',
			'2114,1,"Coffee beans, 1 kg",1,20.00',
		],
		products: [
			'CAP-GRN,Wool Cap – Grün,Clothing,18.00,7,',
			'"Coffee beans, 1 kg","Coffee beans, 1 kg",(uncategorised),20.00,,',
			'SCARF-01,"Scarf ""Möwe""",Clothing,30.00,0,',
		],
		unused: ['orders-2025-11-21.csv,7'],
		// Clothing: caps 2 × 18 + 18 + 18, scarves 30 + 2 × 27 + 30. Coffee: 60 × 20 + 20 + 20.
		revenue: ['(uncategorised),62,1240.00', 'Clothing,8,186.00'],
	},
	{
		preset: 'magento',
		params: ['time_zone=Europe/Berlin'],
		orders: [
			'41,eva@example.com,2025-11-20,74.99,completed',
			'42,gast@example.com,2025-11-21,45.00,completed',
			'43,eva@example.com,2025-11-21,110.00,returned',
			'44,olga@example.com,2025-11-21,34.99,returned',
			'45,olga@example.com,2025-11-21,45.00,cancelled',
			'46,guest:46,2025-11-21,30.00,pending',
		],
		items: [
			'41,101,WSH-28,2,34.99',
			'42,103,BAG-1,1,45.00',
			'43,104,BAG-1,1,45.00',
			'43,105,BAG-1,1,35.00',
			'43,106,MAT,1,30.00',
			'44,108,WSH-28,1,34.99',
			'46,111,MAT,1,30.00',
		],
		products: [
			'BAG-1,Duffle „Weekend“,Gear,45.00,0,',
			'MAT,"Yoga Mat, 6 mm",(uncategorised),30.00,,',
			'WSH-28,Running Shorts,Women,34.99,12,',
		],
		unused: ['sales_order_item.csv,3', 'sales_order_item.csv,8', 'sales_order_item.csv,10'],
		// Gear: 45 + 45 + 35. Women: 3 × 34.99. Mats: 2 × 30.
		revenue: ['(uncategorised),2,60.00', 'Gear,3,125.00', 'Women,3,104.97'],
	},
	{
		preset: 'square',
		orders: [
			'TXB2,CUSTA,2025-11-20,14.58,completed',
			'TXC3,guest:TXC3,2025-11-20,12.86,returned',
			'TXD4,CUSTC,2025-11-21,1350.00,completed',
			'TXE5,CUSTB,2025-11-21,13.50,completed',
			'TXF6,guest:TXF6,2025-11-21,50.00,completed',
		],
		items: [
			'TXB2,1,CAL-L,2,5.00',
			'TXB2,2,CAL-L,1,4.50',
			'TXC3,1,Croissant,2,4.00',
			'TXC3,2,CAL-L,1,4.50',
			'TXD4,1,Custom Amount,1,1250.00',
			'TXE5,1,"House blend, whole bean - Bulk",1,13.50',
			'TXF6,1,Gift Card,1,50.00',
		],
		products: [
			'CAL-L,Café au lait - Large,Coffee,4.50,,',
			'Croissant,Croissant,Bakery,4.00,,',
			'Custom Amount,Custom Amount,(uncategorised),1250.00,,',
			'Gift Card,Gift Card,(uncategorised),50.00,,',
			'"House blend, whole bean - Bulk","House blend, whole bean - Bulk",Coffee,13.50,,',
		],
		unused: ['items-2025-11-20-2025-11-22.csv,2', 'items-2025-11-20-2025-11-22.csv,11'],
		// Coffee: 13.50 + 4.50 + 10.00 + 4.50. Bakery: 8.00. Without a category: 50 + 1250.
		revenue: ['(uncategorised),2,1300.00', 'Bakery,2,8.00', 'Coffee,5,32.50'],
	},
	{
		preset: 'amazon',
		params: ['currency=EUR', 'tax=included', 'time_zone=Europe/Berlin'],
		orders: [
			'302-0000001-0000001,guest:302-0000001-0000001,2025-11-20,97.20,completed',
			'302-0000002-0000002,guest:302-0000002-0000002,2025-11-21,46.50,completed',
			'302-0000003-0000003,guest:302-0000003-0000003,2025-11-21,49.00,returned',
			'302-0000004-0000004,guest:302-0000004-0000004,2025-11-21,0.00,cancelled',
			'302-0000005-0000005,guest:302-0000005-0000005,2025-11-21,22.50,pending',
		],
		items: [
			'302-0000001-0000001,1,STAND-27,2,29.90',
			'302-0000001-0000001,2,B0EXAMPLE3,1,7.50',
			'302-0000001-0000001,3,STAND-27,1,29.90',
			'302-0000002-0000002,1,LAMP-W,1,49.00',
			'302-0000003-0000003,1,LAMP-W,1,49.00',
			'302-0000005-0000005,1,B0EXAMPLE3,3,7.50',
		],
		products: [
			'B0EXAMPLE3,Kabel 2 m,(uncategorised),7.50,,',
			'LAMP-W,"Schreibtischlampe, weiß",Lighting,49.00,,',
			'STAND-27,"Monitor stand for 27"" screens",Office,29.90,,',
		],
		unused: ['all-orders-2025-11.txt,7', 'all-orders-2025-11.txt,10', 'all-orders-2025-11.txt,11'],
		// Office: 59.80 + 29.90. Lighting: 2 × 49, the Swedish order apart. Cables: 7.50 + 22.50.
		revenue: ['(uncategorised),4,30.00', 'Lighting,2,98.00', 'Office,3,89.70'],
	},
	{
		preset: 'olist',
		orders: [
			`${olistId('a', 1)},${olistId('d', 1)},2017-11-24,77.42,completed`,
			`${olistId('a', 2)},${olistId('d', 2)},2017-11-24,141.46,completed`,
			`${olistId('a', 3)},${olistId('d', 1)},2017-11-25,72.60,completed`,
			`${olistId('a', 4)},${olistId('d', 3)},2017-11-25,141.46,cancelled`,
			`${olistId('a', 5)},${olistId('d', 4)},2017-11-25,55.00,cancelled`,
			`${olistId('a', 6)},${olistId('c', 6)},2017-11-25,37.10,pending`,
		],
		items: [
			`${olistId('a', 1)},1,${olistId('e', 1)},1,29.99`,
			`${olistId('a', 1)},2,${olistId('e', 1)},1,29.99`,
			`${olistId('a', 2)},1,${olistId('e', 2)},1,118.70`,
			`${olistId('a', 3)},1,${olistId('e', 3)},1,19.90`,
			`${olistId('a', 3)},2,${olistId('e', 1)},1,27.50`,
			`${olistId('a', 4)},1,${olistId('e', 2)},1,118.70`,
			`${olistId('a', 6)},1,${olistId('e', 3)},1,19.90`,
		],
		products: [
			`${olistId('e', 1)},housewares 00000001,housewares,27.50,,3.5`,
			`${olistId('e', 2)},perfumery 00000002,perfumery,118.70,,`,
			`${olistId('e', 3)},(uncategorised) 00000003,(uncategorised),19.90,,2`,
		],
		unused: ['olist_products_dataset.csv,5'],
		// Housewares: 2 × 29.99 + 27.50. Perfumery: once, the other order is cancelled. Without a category: 2 × 19.90.
		revenue: ['(uncategorised),2,39.80', 'housewares,3,87.48', 'perfumery,1,118.70'],
	},
	{
		preset: 'online-retail',
		orders: [
			'539001,15003,2010-11-30,18.75,completed',
			'540001,15001,2010-12-01,52.36,completed',
			'540002,guest:540002,2010-12-01,15.00,completed',
			'540003,15002,2010-12-01,33.90,completed',
			'540009,15001,2010-12-02,20.00,completed',
			'C540004,15001,2010-12-01,10.17,cancelled',
			'C540005,15002,2010-12-01,27.50,cancelled',
		],
		items: [
			'539001,1,71002,5,3.75',
			'540001,1,85001A,6,2.55',
			'540001,2,71002,4,3.39',
			'540001,3,85001A,2,2.75',
			'540001,4,POST,1,18.00',
			'540002,1,22003,12,1.25',
			'540003,1,71002,10,3.39',
			'540003,2,22004,1,0.00',
			'540009,1,M,1,5.00',
			'540009,2,BANK CHARGES,1,15.00',
			'C540004,1,71002,3,3.39',
			'C540005,1,D,1,27.50',
		],
		products: [
			'22003,"TIN ""CAFÉ""",(uncategorised),1.25,,',
			'22004,FREE SAMPLE CARD,(uncategorised),0.00,,',
			'71002,WOODEN STAR,Decoration,3.39,,',
			'85001A,"GLASS LANTERN, ""MOON""",Lanterns,2.75,,',
			'BANK CHARGES,Bank Charges,"Postage, charges and vouchers",15.00,,',
			'D,Discount,"Postage, charges and vouchers",27.50,,',
			'M,Manual,"Postage, charges and vouchers",5.00,,',
			'POST,POSTAGE,"Postage, charges and vouchers",18.00,,',
		],
		unused: ['online_retail.csv,11', 'online_retail.csv,12', 'online_retail.csv,13'],
		// Decoration: (4 + 10) × 3.39 + 5 × 3.75. Lanterns: 6 × 2.55 + 2 × 2.75. Charges: 18 + 5 + 15.
		revenue: [
			'(uncategorised),13,15.00',
			'Decoration,19,66.21',
			'Lanterns,8,20.80',
			'"Postage, charges and vouchers",3,38.00',
		],
	},
];

/** An id of the Olist fixture: orders begin with a, customers with c, persons with d, products with e. */
function olistId(letter: string, number: number): string {
	return String(number).padStart(8, '0') + letter.repeat(24);
}

const fixture = (preset: string) => join('test/fixtures/sources', preset);
const queries = {
	orders: 'select order_id, user_id, order_date, total_amount, status from silver_orders order by 1',
	items: 'select order_id, line_number, product_id, quantity, unit_price from silver_order_items order by 1, 2',
	products: 'select product_id, name, category, price, current_stock, rating from silver_products order by name, 1',
	unused: 'select distinct file, line from lake_unused order by 1, 2',
	revenue: 'select category, sum(units), sum(amount) from gold_daily_sales group by 1 order by 1',
	quarantine: 'select file, line, rule, raw from lake_quarantine order by 1, 2',
	counts: 'select dataset, kept, duplicates, superseded, rejected, orphans from lake_batches order by 1',
};
type Question = keyof typeof queries;
type Rows<Q extends Question> = Readonly<Record<Q, readonly string[]>>;

/** Loads files with a preset into a lake of their own; the answers of the lake, as CSV without headers. */
async function load<Q extends Question>(
	preset: string,
	source: string,
	questions: readonly Q[],
	params: readonly string[] = [],
	project: Project = noProject,
): Promise<Rows<Q>> {
	const { context, dispose } = testContext({ store: new MemoryStore(), project });
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-preset-'));
	try {
		await ingestBatch(context, { batch: 'b', sources: [source], from: preset, params, maxRejected: 1 });
		await clean(context, { batches: ['b'] });
		if (questions.includes('revenue' as Q)) await aggregate(context, { kind: 'all' });
		const rows: [Q, readonly string[]][] = [];
		for (const name of questions) rows.push([name, await listRows(context, folder, queries[name])]);
		return Object.fromEntries(rows) as Rows<Q>;
	} finally {
		await dispose();
		await rm(folder, { recursive: true });
	}
}

async function listRows(context: TaskContext, folder: string, sql: string): Promise<string[]> {
	const file = join(folder, 'q.sql');
	await writeFile(file, sql);
	const csv = await query(context, { file, param: [], engine: 'duckdb', format: 'csv' });
	return csv.split('\r\n').slice(1, -1);
}

/** Does work with a copy of a fixture. */
async function withCopy<T>(preset: string, work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-preset-'));
	try {
		await cp(fixture(preset), folder, { recursive: true });
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** A preset's fixture with edits of one file: what is replaced, and by what. */
interface Change {
	readonly preset: string;
	readonly file: string;
	readonly edits: readonly (readonly [from: string, to: string])[];
	readonly params?: readonly string[];
}

/** Loads a changed fixture, with the parameters of the unchanged one unless others are given. */
function loadChanged<Q extends Question>(
	{ preset, file, edits, params }: Change,
	questions: readonly Q[],
): Promise<Rows<Q>> {
	return withCopy(preset, async (folder) => {
		let text = await readFile(join(folder, file), 'utf8');
		for (const [from, to] of edits) {
			expect(text).toContain(from);
			text = text.replaceAll(from, to);
		}
		await writeFile(join(folder, file), text);
		return load(preset, folder, questions, params ?? presets.find((known) => known.preset === preset)?.params);
	});
}

test.each(presets)(
	'the page on sources has the command that loads the fixture of $preset',
	async ({ preset, params = [] }) => {
		const given = params.map((param) => ` --param ${param}`).join('');
		expect((await readFile('docs/sources.md', 'utf8')).split('\n')).toContain(
			`npx --no-install shoplake run --source ${fixture(preset)} --from ${preset} --batch ${preset}${given}`,
		);
	},
);

describe.each(presets)('the preset $preset', ({ preset, params, ...expected }) => {
	const questions = ['orders', 'items', 'products', 'unused', 'revenue', 'quarantine', 'counts'] as const;
	let rows: Rows<(typeof questions)[number]>;
	beforeAll(async () => {
		rows = await load(preset, fixture(preset), questions, params);
	});

	it('gives the orders, lines and products of its fixture', () => {
		expect(rows.orders).toEqual(expected.orders);
		expect(rows.items).toEqual(expected.items);
		expect([...rows.products].sort()).toEqual([...expected.products].sort());
	});

	it('gives the revenue of each category that the fixture adds up to', () => {
		expect(rows.revenue).toEqual(expected.revenue);
	});

	it('uses every row but those that it leaves out, and rejects none', () => {
		expect(rows.unused).toEqual(expected.unused);
		expect(rows.quarantine).toEqual([]);
		expect(rows.counts.filter((row) => !row.endsWith(',0,0'))).toEqual([]);
	});
});

test.each<Change & { readonly rejected: readonly string[] }>([
	{
		preset: 'shopify',
		file: 'orders_export_1.csv',
		edits: [
			['2025-11-21 14:00:00 -0500,1,', '21/11/2025 14:00,1,'],
			['partially_paid', 'disputed'],
		],
		rejected: ['2 type 21/11/2025 14:00', '3 enum disputed'],
	},
	{
		preset: 'woocommerce',
		file: 'orders-2025-11-21.csv',
		edits: [
			['2025-11-21 10:00', '21 November'],
			['On hold', 'Zurückgestellt'],
		],
		rejected: ['14 type 21 November', '15 enum Zurückgestellt'],
	},
	{
		preset: 'magento',
		file: 'sales_order.csv',
		edits: [
			['2025-11-21 11:00:00', '2025-02-30 11:00:00'],
			['new,pending', 'quoted,pending'],
		],
		rejected: ['15 type 2025-02-30 11:00:00', '18 enum quoted'],
	},
	{
		preset: 'square',
		file: 'items-2025-11-20-2025-11-22.csv',
		edits: [
			['$13.50', 'thirteen'],
			['Payment,Main Street,,CUSTA', 'Exchange,Main Street,,CUSTA'],
		],
		rejected: ['4 type thirteen', '9 enum Exchange'],
	},
	{
		preset: 'amazon',
		file: 'all-orders-2025-11.txt',
		edits: [
			['59.80', '59.80 EUR'],
			['\tUnshipped\tAmazon', '\tHeld\tAmazon'],
		],
		rejected: ['2 type 59.80 EUR', '9 enum Held'],
	},
	{
		preset: 'olist',
		file: 'olist_orders_dataset.csv',
		edits: [
			['2017-11-25 13:00:00', 'on Saturday afternoon'],
			['"created"', '"lost"'],
		],
		rejected: ['6 type on Saturday afternoon', '7 enum lost'],
	},
	{
		preset: 'online-retail',
		file: 'online_retail.csv',
		edits: [['12/2/2010 15:00', '31/12/2010 15:00']],
		rejected: ['14 type 31/12/2010 15:00'],
	},
])(
	'$preset: what can’t be parsed, and a status that nobody knows, are rejected as the shop exported them',
	async ({ rejected, ...change }) => {
		const { quarantine } = await loadChanged(change, ['quarantine']);
		const faults = rejected.map((fault) => /^(\d+) (\w+) (.*)$/.exec(fault)?.slice(1) ?? []);
		const named = quarantine.map((row) =>
			faults.findIndex(([line, rule, original = '']) => {
				return row.startsWith(`${change.file},${line},${rule},`) && row.includes(original);
			}),
		);
		expect([...new Set(named)].sort()).toEqual([...faults.keys()]);
	},
);

describe.each<Change & { readonly several: string; readonly chosen: string; readonly kept: readonly string[] }>([
	{
		preset: 'shopify',
		file: 'orders_export_1.csv',
		edits: [['no,USD,12.50,0.00,0.00,12.50', 'no,CAD,12.50,0.00,0.00,12.50']],
		several: 'CAD, USD',
		chosen: 'usd',
		kept: ['#1001', '#1002', '#1003', '#1004', '#1005', '#1006'],
	},
	{
		preset: 'magento',
		file: 'sales_order.csv',
		edits: [['00000044,EUR', '00000044,SEK']],
		several: 'EUR, SEK',
		chosen: 'EUR',
		kept: ['41', '42', '43', '45', '46'],
	},
	{
		preset: 'amazon',
		file: 'all-orders-2025-11.txt',
		edits: [['302-000000', '302-X']],
		several: 'EUR, SEK',
		chosen: 'EUR',
		kept: ['1', '2', '3', '4', '5'].map((number) => `302-X${number}-000000${number}`),
	},
])('$preset: orders in several currencies', ({ several, chosen, kept, ...change }) => {
	it('are refused until one is chosen', async () => {
		await expect(loadChanged({ ...change, params: [] }, [])).rejects.toThrow(
			`in several currencies: ${several}. Choose one with --param currency=…`,
		);
	});

	it('are unused, with all their lines, if they are in another one than the chosen', async () => {
		const rows = await loadChanged({ ...change, params: [`currency=${chosen}`] }, ['orders', 'counts']);
		expect(rows.orders.map((row) => row.split(',')[0])).toEqual(kept);
		expect(rows.counts.filter((row) => !row.endsWith(',0,0'))).toEqual([]);
	});
});

test('Shopify: an order in two overlapping exports is one order, as the later export has it', () =>
	withCopy('shopify', async (folder) => {
		const text = await readFile(join(folder, 'orders_export_1.csv'), 'utf8');
		await writeFile(
			join(folder, 'orders_export_3.csv'),
			text.replace('#1006,ann@example.com,paid', '#1006,ann@example.com,refunded'),
		);
		const rows = await load('shopify', folder, ['orders', 'items', 'revenue', 'counts']);
		const { orders, items, revenue } = presets[0] as Expected;
		expect(rows.orders).toEqual(
			orders.map((row) => (row.startsWith('#1006') ? row.replace('completed', 'returned') : row)),
		);
		expect(rows.items).toEqual(items);
		expect(rows.revenue).toEqual(revenue);
		expect(rows.counts).toEqual(['order_items,12,10,0,0,0', 'orders,8,6,1,0,0', 'products,4,0,0,0,0']);
	}));

test('Shopify: an export gives the same however it is divided into files', async () => {
	const whole = await Promise.all(
		['1', '2'].map((number) => readFile(join(fixture('shopify'), `orders_export_${number}.csv`), 'utf8')),
	);
	const [header = '', ...records] = whole.flatMap((text, file) =>
		text
			.trimEnd()
			.split(/\n(?=#)/)
			.slice(file),
	);
	const { orders, items, products } = presets[0] as Expected;
	await fc.assert(
		fc.asyncProperty(
			fc.uniqueArray(fc.integer({ min: 1, max: records.length - 1 }), { maxLength: 3 }),
			async (cuts) => {
				const ends = [...cuts.sort((a, b) => a - b), records.length];
				await withCopy('shopify', async (folder) => {
					await rm(join(folder, 'orders_export_2.csv'));
					for (const [number, end] of ends.entries()) {
						const part = records.slice(ends[number - 1] ?? 0, end);
						await writeFile(join(folder, `orders_export_${number + 1}.csv`), `${[header, ...part].join('\n')}\n`);
					}
					const rows = await load('shopify', folder, ['orders', 'items', 'products']);
					expect(rows.orders).toEqual(orders);
					expect(rows.items).toEqual(items);
					expect([...rows.products].sort()).toEqual([...products].sort());
				});
			},
		),
		{ numRuns: runs(4) },
	);
});

/** Loads copies of the one record of a file that holds `sample`: each with its own id, and another text for `sample`. */
async function loadCopies(
	{ preset, file, id, sample }: { preset: string; file: string; id: string; sample: string },
	texts: readonly string[],
): Promise<readonly string[]> {
	return withCopy(preset, async (folder) => {
		const lines = (await readFile(join(folder, file), 'utf8')).split(/\r?\n/);
		const record = lines.find((line) => line.includes(id) && line.includes(sample)) ?? '';
		const copies = texts.map((text, number) => record.replaceAll(id, `copy ${number}`).replaceAll(sample, `"${text}"`));
		await writeFile(join(folder, file), [lines[0], ...copies, ''].join('\n'));
		const { orders, quarantine } = await load(preset, folder, ['orders', 'quarantine']);
		const rejected = quarantine.filter((row) => row.includes('total_amount'));
		return [...orders.map((row) => row.split(',').at(-2) ?? ''), ...rejected.map(() => 'rejected')];
	});
}

test('a project’s currency is the one that is loaded, unless another is given', async () => {
	const project = { ...noProject, config: { currency: 'SEK' } };
	const loadAmazon = (params: readonly string[]) => load('amazon', fixture('amazon'), ['orders'], params, project);
	expect(await loadAmazon([])).toEqual({
		orders: [
			'302-0000004-0000004,guest:302-0000004-0000004,2025-11-21,0.00,cancelled',
			'302-0000007-0000007,guest:302-0000007-0000007,2025-11-21,634.80,completed',
		],
	});
	expect((await loadAmazon(['currency=EUR'])).orders).toHaveLength(5);
});

test('Square: amounts have the signs and separators of a shop’s country', async () => {
	const square = { preset: 'square', file: 'items-2025-11-20-2025-11-22.csv', id: 'TXE5', sample: '$13.50' };
	const amounts = [
		'$1,234.50',
		'£12',
		'¥1,250',
		'1.234,50 €',
		'CA$3.00',
		'12,5 €',
		'$12.3.4',
		'1,23,4',
		'-$1.00',
		'($1.00)',
	];
	expect(await loadCopies(square, amounts)).toEqual([
		...['1234.50', '12.00', '1250.00', '1234.50', '3.00', '12.50'],
		...['rejected', 'rejected', 'rejected', 'rejected'],
	]);
});

test('WooCommerce: amounts may have a decimal comma and separators of thousands', async () => {
	const woocommerce = { preset: 'woocommerce', file: 'orders-2025-11-21.csv', id: '2113', sample: '20.00' };
	const amounts = ['1248', '1248.5', '1,248.00', '1.248,00', '1248,00', '12,5', '1.2.3', '€ 20'];
	expect(await loadCopies(woocommerce, amounts)).toEqual([
		...['1248.00', '1248.50', '1248.00', '1248.00', '1248.00', '12.50'],
		...['rejected', 'rejected'],
	]);
});
