import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../tasks/platform/errors';
import { noProject } from '../../../tasks/project';
import type { ProjectGoldTable } from '../../../tasks/project/project';
import { query } from '../../../tasks/query';
import { type ReportOptions, report } from '../../../tasks/report';
import { inContext } from '../../support/context';
import { MemoryLake } from '../../support/memory-lake';
import { publish } from '../../support/publish';
import { publishShop, type ReportShop } from '../../support/report-shop';

class ReportLake extends MemoryLake {
	protected override now(): Date {
		return new Date('2026-11-21T06:00:00.000Z');
	}
}
const usual = { locale: 'en-US', currency: 'USD' };
const week = { from: '2026-11-14', to: '2026-11-20' };

async function openShop(shop?: ReportShop): Promise<ReportLake> {
	const lake = new ReportLake();
	if (shop) await lake.process((context) => publishShop(context, shop));
	return lake;
}
/** A report in the lake's bucket: its result, and the page. */
async function write(lake: ReportLake, options: Partial<ReportOptions> = {}) {
	const result = await lake.process((context) => report(context, { ...usual, ...options }));
	const key = String(result.location).replace('s3://lake/', '');
	return { result, page: (await lake.store.getText(key)) ?? '' };
}
/** The text of a page without its tags. */
const words = (page: string): string =>
	page
		.replace(/<style>.*?<\/style>/gs, '')
		.replace(/<[^>]*>/g, ' ')
		.replace(/\s+/g, ' ');
const csv = (lake: ReportLake, sql: string, ...param: readonly string[]) =>
	lake.process((context) => query(context, { file: sql, param, engine: 'duckdb', format: 'csv' }));

let shop: ReportLake;
beforeAll(async () => {
	shop = await openShop({ from: '2026-10-01', to: '2026-11-20' });
});

describe('the file', () => {
	test('lies under reports/ in the lake by default, and the result names it', async () => {
		const { result, page } = await write(shop, week);
		expect(result).toEqual({
			status: 'done',
			location: 's3://lake/reports/shop-report-2026-11-14-to-2026-11-20.html',
			bytes: Buffer.byteLength(page),
			...week,
			head: 2,
		});
		expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
	});

	test('is written into a folder that --out names', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-report-'));
		try {
			const out = join(folder, 'new');
			const { location, bytes } = await shop.process((context) => report(context, { ...usual, ...week, out }));
			expect(location).toBe(join(out, 'shop-report-2026-11-14-to-2026-11-20.html'));
			expect((await readFile(String(location))).length).toBe(bytes);
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	test('is not written by a dry run, which says where it would be', async () => {
		const range = { from: '2026-11-10', to: '2026-11-12' };
		const { result, page } = await write(shop, { ...range, dryRun: true });
		expect(result).toMatchObject({ status: 'planned', location: expect.stringContaining('2026-11-10'), ...range });
		expect(page).toBe('');
	});

	test('is the same for the same state of the lake', async () => {
		const [once, again] = [await write(shop, week), await write(shop, week)];
		expect(again.page).toBe(once.page);
	});

	test('loads nothing and has no script', async () => {
		const { page } = await write(shop, week);
		expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(|https?:|javascript:| on\w+=/i);
	});
});

describe('the range', () => {
	test.each([
		['by default the 28 days up to the newest order', {}, { from: '2026-10-24', to: '2026-11-20' }],
		['with an end alone the 28 days up to it', { to: '2026-11-10' }, { from: '2026-10-14', to: '2026-11-10' }],
		['with a start alone up to the newest order', { from: '2026-11-01' }, { from: '2026-11-01', to: '2026-11-20' }],
		['begins with the first order at the earliest', { from: '2020-01-01' }, { from: '2026-10-01', to: '2026-11-20' }],
		[
			'ends with the newest order at the latest',
			{ from: '2026-11-19', to: '2027-12-31' },
			{ from: '2026-11-19', to: '2026-11-20' },
		],
		['may lie after all orders', { from: '2027-01-01', to: '2027-01-03' }, { from: '2027-01-01', to: '2027-01-03' }],
		['may lie before all orders', { from: '2025-01-01', to: '2025-01-03' }, { from: '2025-01-01', to: '2025-01-03' }],
	])('%s', async (_, asked, range) => {
		expect((await write(shop, { ...asked, dryRun: true })).result).toMatchObject(range);
	});

	test('is at most ten years', async () => {
		await expect(write(shop, { from: '1990-01-01', to: '2010-01-01' })).rejects.toThrow(UsageError);
	});
});

describe('the numbers', () => {
	test('of the headline are those of the query, and its changes', async () => {
		const param = ['from=2026-11-14', 'to=2026-11-20'];
		const [, revenue = '', orders = ''] = (await csv(shop, 'shop-performance', ...param)).split('\r\n');
		const [, , amount, before, growth] = revenue.split(',');
		const { page } = await write(shop, week);
		const number = (text = '') => Number(text).toLocaleString('en-US', { minimumFractionDigits: 2 });
		expect(page).toContain(`data-measure="revenue">$${number(amount)}</dd>`);
		expect(words(page)).toContain(`$${number(before)} before`);
		expect(words(page)).toContain(`${Number(growth) > 0 ? '+' : ''}${Number(growth).toFixed(1)}%`);
		expect(page).toContain(`data-measure="orders">${Number(orders.split(',')[2])}</dd>`);
	});

	test('of the records are what became of them', async () => {
		const { page } = await write(shop, { from: '2026-11-20', to: '2026-11-20' });
		// Of the last two days: late orders of the 19th came on the 20th.
		expect(words(page)).toContain('Events 900 ');
		expect(words(page)).toContain('4 wait for another record, 2 came late');
	});

	test('are written for the locale and in the currency', async () => {
		const { page } = await write(shop, { ...week, locale: 'de-DE', currency: 'EUR' });
		expect(page).toMatch(/data-measure="revenue">\d+\.\d{3},\d\d\s€</);
		expect(page).toContain('14. Nov. 2026');
	});

	test('are in the currency of the project by default', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'shoplake-report-'));
		try {
			const project = { ...noProject, config: { currency: 'EUR' } };
			const { location } = await inContext({ store: shop.store, project }, (context) =>
				report(context, { ...week, out: folder }),
			);
			expect(await readFile(String(location), 'utf8')).toMatch(/data-measure="revenue">€[\d,]+\.\d\d</);
		} finally {
			await rm(folder, { recursive: true });
		}
	});

	test.each([
		['locale', 'not_a_locale'],
		['currency', 'US$'],
	])('are refused in a wrong %s', async (flag, value) => {
		await expect(write(shop, { [flag]: value })).rejects.toThrow(`--${flag} '${value}'`);
	});
});

describe('texts from the lake', () => {
	test('are harmless, whatever they hold', async () => {
		const evil = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&`;
		const lake = await openShop({ ...week, categories: [evil, 'b'], name: evil });
		const { page } = await write(lake);
		expect(page).not.toContain('<script');
		expect(page).not.toContain('<img');
		const shown = '&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;alert(2)&#39;&gt;&amp;';
		// As a category (of sales, products and stock), as a product and as a customer.
		expect(page.split(`<bdi>${shown}</bdi>`).length).toBeGreaterThan(4);
		expect(page).not.toMatch(/<[^>]*alert/);
	});

	test('are shortened if they are very long', async () => {
		const { page } = await write(await openShop({ ...week, name: 'x'.repeat(5000) }));
		expect(page).toContain(`${'x'.repeat(79)}…`);
		expect(page).not.toContain('x'.repeat(80));
	});
});

describe('at the limits', () => {
	test('an empty lake gets a page that says so', async () => {
		const { result, page } = await write(await openShop());
		expect(result).toMatchObject({ from: '2026-10-25', to: '2026-11-21', head: 0 });
		expect(words(page)).toContain('The lake holds no orders yet.');
		expect(words(page)).toContain('No records were delivered for these days.');
	});

	test('a range without sales says so in each part, with figures of zero', async () => {
		const { page } = await write(shop, { from: '2027-01-01', to: '2027-01-03' });
		expect(page).toContain('data-measure="revenue">$0.00</dd>');
		expect(page).toContain('data-measure="avg_order_value">–</dd>');
		expect(words(page)).toContain('Nothing was sold on these days.');
		expect(words(page)).toContain('No events of visitors arrived for these days.');
	});

	test('one day is compared with the day before', async () => {
		const { page } = await write(shop, { from: '2026-11-20', to: '2026-11-20' });
		expect(words(page)).toContain('Compared with the day before, Nov 19, 2026.');
	});

	test('says if the range before is not all in the lake', async () => {
		const { page } = await write(shop, { from: '2026-10-05', to: '2026-10-20' });
		expect(words(page)).toContain('The lake has no orders before Oct 1, 2026, so that period is incomplete.');
	});

	test('says if the lake has nothing to compare with', async () => {
		const { page } = await write(shop, { from: '2026-10-01', to: '2026-10-05' });
		expect(words(page)).toContain('The lake has no orders before Oct 1, 2026, so there is nothing to compare with.');
	});

	test('of thousands of categories the first eight have a name', async () => {
		const categories = [...Array(3000).keys()].map((number) => `Category ${number}`);
		const lake = await openShop({ ...week, categories });
		const { page, result } = await write(lake);
		expect(words(page)).toMatch(/All others \(\d[\d,]*\)/);
		expect(result.bytes).toBeLessThan(500_000);
	});

	test('a year of days is one page with every day in its table', async () => {
		const { page, result } = await write(await openShop({ from: '2025-11-21', to: '2026-11-20' }), {
			from: '2025-11-21',
		});
		expect(page).toContain('Nov 21, 2025');
		expect(page.match(/<th scope="row" class="name">[A-Z][a-z]{2} \d+, 202\d<\/th>/g)).toHaveLength(2 * 365);
		expect(result.bytes).toBeLessThan(1_000_000);
	});
});

describe('the tables of a project', () => {
	const own: ProjectGoldTable = {
		...{ name: 'order_status', key: ['status'], sql: '', file: '', contract: '', audit: undefined, serving: undefined },
		table: {
			name: 'gold_order_status',
			layer: 'gold',
			description: 'The orders of a date by status.',
			columns: [
				{ name: 'status', type: 'string', description: 'The status.', nullable: false },
				{ name: 'orders', type: 'bigint', description: 'Orders.', nullable: false },
			],
			partition: { column: 'order_date', description: 'The date.' },
		},
	};
	const project = { ...noProject, goldTables: [own] };
	async function openProject(rows: string): Promise<ReportLake> {
		const lake = await openShop(week);
		lake.project = project;
		await lake.process((context) => publish(context, { gold_order_status: { rows } }));
		return lake;
	}

	test('stand at the end, with the rows of their newest date in the range', async () => {
		const lake = await openProject(
			"select * from (values ('<b>', 1234, '2026-11-19'), ('paid', 2, '2026-11-19'), ('old', 9, '2026-11-18'), ('later', 9, '2026-11-21')) as rows (status, orders, order_date)",
		);
		const { page } = await write(lake, week);
		expect(words(page)).toContain(
			'Order status Order status Status Orders &lt;b&gt; 1,234 paid 2 The orders of a date by status. Of Nov 19, 2026.',
		);
	});

	test('show twenty rows at most, and say so', async () => {
		const lake = await openProject(
			"select 's' || range as status, 1 as orders, '2026-11-20' as order_date from range(21)",
		);
		expect(words((await write(lake, week)).page)).toContain('Of Nov 20, 2026. These are the first 20 rows.');
	});

	test('have no part in the page if they have no rows', async () => {
		const lake = await openShop(week);
		lake.project = project;
		expect((await write(lake, week)).page).not.toContain('own-order_status');
	});
});
