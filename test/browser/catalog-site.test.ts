import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { writeCatalogSite } from '../../tasks/catalog-site';
import { runQuery } from '../../tasks/query';
import { findViolations, launchBrowser, type OpenedPage, openFile, pageWidth, phone, screen } from '../support/browser';
import { MemoryLake } from '../support/memory-lake';
import { publishShop } from '../support/report-shop';

/** `SHOPLAKE_TEST_PICTURES=true` rewrites the pictures of the documentation. */
const takesPictures = process.env.SHOPLAKE_TEST_PICTURES === 'true';

let folder: string;
let browser: Browser;
let lake: MemoryLake;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-catalogue-'));
	lake = new MemoryLake();
	await lake.process((context) => publishShop(context.step('aggregate'), { from: '2026-10-01', to: '2026-11-20' }));
	await lake.process((context) => writeCatalogSite(context, { out: join(folder, 'lake'), withLake: true }));
	await lake.process((context) => writeCatalogSite(context, { out: join(folder, 'contracts'), withLake: false }));
	browser = await launchBrowser();
});
afterAll(async () => {
	await browser?.close();
	await rm(folder, { recursive: true });
});

const open = (page: string, options: Parameters<typeof openFile>[2] = {}): Promise<OpenedPage> => {
	const [file = '', fragment = ''] = page.split('#');
	return openFile(browser, join(folder, file), { ...options, fragment });
};

test.each([
	['lake/index.html', 'light', screen],
	['lake/index.html', 'dark', phone],
	['lake/gold_order_kpis.html', 'dark', screen],
	['lake/silver_order_items.html', 'light', screen],
] as const)(
	'%s keeps WCAG 2.2 AA in %s at %j, complains about nothing and loads nothing',
	async (name, colorScheme, viewport) => {
		const { page, complaints } = await open(name, { colorScheme, viewport });
		expect({ violations: await findViolations(page), complaints }).toEqual({ violations: [], complaints: [] });
		await page.close();
	},
);

test.each([
	'lake/index.html',
	'lake/analyses.html',
	'lake/gold_user_product_interactions.html',
	'lake/records_products.html',
	'contracts/Products.html',
])('%s has no horizontal scroll at any width, with all parts opened', async (name) => {
	const { page } = await open(name);
	await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
	for (const width of [320, 390, 800, 1000, 1280]) {
		await page.setViewportSize({ width, height: 844 });
		expect([width, await pageWidth(page)]).toEqual([width, width]);
	}
	await page.close();
});

test('every link leads to a page of the folder and to a part that it has', async () => {
	const texts = new Map(
		await Promise.all(
			(await readdir(join(folder, 'lake'))).map(
				async (name) => [name, await readFile(join(folder, 'lake', name), 'utf8')] as const,
			),
		),
	);
	const broken = [...texts].flatMap(([name, text]) =>
		[...text.matchAll(/ href="([^"]*)"/g)].flatMap(([, link = '']) => {
			const [file = '', part] = link.split('#');
			const target = texts.get(file === '' ? name : file);
			return target !== undefined && (part === undefined || target.includes(` id="${part}"`))
				? []
				: [`${name}: ${link}`];
		}),
	);
	expect(broken).toEqual([]);
});

describe('the numbers are those of the lake', () => {
	const ask = (sql: string) =>
		lake.process(async (context) => (await runQuery(context, { file: sql, param: [], engine: 'duckdb' })).rows);
	const count = (value: unknown) => Number(value).toLocaleString('en-US');

	test.each(['gold_daily_sales', 'gold_customer_value'])('of the rows of %s', async (table) => {
		const [[rows] = []] = await ask(`select count(*) from ${table}`);
		const { page } = await open(`lake/${table}.html`);
		expect(await page.locator('.facts dd').first().textContent()).toBe(count(rows));
		expect(await page.locator('.facts small').textContent()).toMatch(/^by \S+, head \d+$/);
		const listed = await open('lake/index.html');
		const cells = listed.page.locator(`tr:has(> th a[href="${table}.html"]) td`);
		expect(await cells.allTextContents()).toContain(count(rows));
		await page.close();
		await listed.page.close();
	});

	test('of the rows of the newest partitions', async () => {
		const sales = await ask(
			'select order_date, count(*) from gold_daily_sales group by order_date order by order_date desc limit 7',
		);
		const { page } = await open('lake/gold_daily_sales.html');
		const rows = page.locator('[aria-label="Newest partitions"] tbody tr');
		const shown = await rows.evaluateAll((all) =>
			all.map((row) => [...row.children].slice(0, 2).map((cell) => cell.textContent)),
		);
		expect(shown).toEqual(sales.map(([date, rows]) => [date, count(rows)]));
		await page.close();
	});

	test('of what became of the records', async () => {
		const sums = await ask(
			`select dataset, count(*), sum(received), sum(kept), sum(duplicates), sum(superseded), sum(rejected), sum(orphans)
			from lake_batches group by dataset order by dataset`,
		);
		const { page } = await open('lake/index.html');
		const rows = page.locator('[aria-label="What became of the records"] tbody tr');
		const shown = await rows.evaluateAll((all) =>
			all.map((row) => [...row.children].map((cell) => cell.textContent ?? '')),
		);
		expect(shown.sort()).toEqual(sums.map(([dataset, ...counts]) => [dataset, ...counts.map(count)]));
		await page.close();
	});
});

test('without a lake the pages show no state of one', async () => {
	const { page } = await open('contracts/gold_daily_sales.html');
	expect(await page.locator('.facts').count()).toBe(0);
	expect(await page.locator('footer').textContent()).toContain('no lake was read');
	await page.close();
});

test('search finds a column by keyboard alone, and opens its lineage', async () => {
	const { page, complaints } = await open('contracts/index.html');
	await page.keyboard.press('/');
	await page.keyboard.type('avg order value');
	expect(await page.locator('search .found a').allTextContents()).toEqual(
		expect.arrayContaining([expect.stringContaining('gold_category_kpis.avg_order_value')]),
	);
	expect(await page.locator('search [role=status]').textContent()).toMatch(/^\d+ found/);
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Enter');
	await page.waitForURL(/#column-avg_order_value$/);
	const part = page.locator('#column-avg_order_value');
	expect(await part.isVisible()).toBe(true);
	expect(await part.locator('svg .title').allTextContents()).toEqual(expect.arrayContaining(['order_items', 'orders']));
	expect(complaints.filter((one) => !one.startsWith('request: file:'))).toEqual([]);
	await page.close();
});

test('what search finds disappears by Escape, and says so where it finds nothing', async () => {
	const { page } = await open('contracts/gold_daily_sales.html');
	await page.locator('#search').fill('no such thing');
	expect(await page.locator('search [role=status]').textContent()).toBe('Nothing found');
	await page.locator('#search').fill('orders');
	expect(await page.locator('search .found a').count()).toBe(12);
	await page.keyboard.press('Escape');
	expect(await page.locator('search .found a').count()).toBe(0);
	await page.close();
});

test('without scripts everything but search is there', async () => {
	const { page } = await open('contracts/gold_order_kpis.html', { javaScriptEnabled: false });
	expect(await page.locator('search').isVisible()).toBe(false);
	await page.locator('summary:has(code:text-is("total_revenue"))').click();
	expect(await page.locator('#column-total_revenue svg').isVisible()).toBe(true);
	await page.close();
});

test('a box of the picture is a link to its table, by keyboard too', async () => {
	const { page } = await open('contracts/index.html');
	await page.locator('.picture a[href="gold_order_kpis.html"]').focus();
	await page.keyboard.press('Enter');
	await page.waitForURL(/gold_order_kpis\.html$/);
	await page.close();
});

test.each([
	['catalog-table', 'lake/gold_order_kpis.html', { width: 1280, height: 1000 }, 'light'],
	['catalog-lineage', 'lake/index.html', { width: 1280, height: 940 }, 'light'],
	['catalog-column', 'lake/gold_inventory_health.html#column-days_of_cover', { width: 1280, height: 720 }, 'dark'],
] as const)('the picture %s of the documentation is small', async (name, file, viewport, colorScheme) => {
	const { page } = await open(file, { viewport, colorScheme });
	const picture = await page.screenshot();
	expect(picture.length).toBeLessThan(250_000);
	if (takesPictures) await writeFile(join('docs', 'images', `${name}.png`), picture);
	await page.close();
});
