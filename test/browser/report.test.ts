import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { runQuery } from '../../tasks/query';
import { report } from '../../tasks/report';
import { findViolations, launchBrowser, type OpenedPage, openFile, pageWidth, phone, screen } from '../support/browser';
import { MemoryLake } from '../support/memory-lake';
import { publishShop } from '../support/report-shop';

/** `SHOPLAKE_TEST_PICTURES=true` rewrites the pictures of the documentation. */
const takesPictures = process.env.SHOPLAKE_TEST_PICTURES === 'true';
const range = { from: '2026-10-24', to: '2026-11-20' };

let folder: string;
let browser: Browser;
let lake: MemoryLake;
/** Pages by the name of their shop. */
const paths = new Map<string, string>();

async function writeReport(name: string, of: MemoryLake, dates: Partial<typeof range> = {}): Promise<void> {
	const out = join(folder, name);
	const { location } = await of.process((context) =>
		report(context, { ...dates, out, locale: 'en-US', currency: 'USD' }),
	);
	paths.set(name, String(location));
}

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-report-'));
	lake = new MemoryLake();
	await lake.process((context) => publishShop(context, { from: '2026-08-12', to: range.to }));
	await writeReport('usual', lake, range);
	await writeReport('one day', lake, { from: range.to, to: range.to });
	await writeReport('empty', new MemoryLake());
	const odd = new MemoryLake();
	const name = '"><script>console.error("run")</script>'.repeat(3);
	await odd.process((context) => publishShop(context, { ...range, categories: [name, 'x'.repeat(200)], name }));
	await writeReport('odd names', odd);
	browser = await launchBrowser();
});
afterAll(async () => {
	await browser?.close();
	await rm(folder, { recursive: true });
});

const open = (name: string, viewport = screen, colorScheme: 'light' | 'dark' = 'light'): Promise<OpenedPage> =>
	openFile(browser, paths.get(name) ?? '', { viewport, colorScheme });

const shops = ['usual', 'one day', 'empty', 'odd names'];

describe.each(shops)('the page of the shop: %s', (name) => {
	test.each([
		['light', screen],
		['dark', screen],
		['light', phone],
	] as const)('keeps WCAG 2.2 AA in %s at %j, complains about nothing and loads nothing', async (scheme, viewport) => {
		const { page, complaints } = await open(name, viewport, scheme);
		const violations = await findViolations(page);
		expect({ violations, complaints }).toEqual({ violations: [], complaints: [] });
		await page.close();
	});

	test.each([[320], [390], [600], [1040]])('has no horizontal scroll at %i px', async (width) => {
		const { page } = await open(name, { width, height: 844 });
		expect(await pageWidth(page)).toBeLessThanOrEqual(width);
		await page.close();
	});
});

test('paper has the width of a page, no closed parts, and no table that would have to scroll', async () => {
	const { page } = await open('usual', { width: 718, height: 1000 });
	await page.emulateMedia({ media: 'print' });
	expect(await pageWidth(page)).toBeLessThanOrEqual(718);
	expect(await page.locator('details:visible').count()).toBe(0);
	const scrolling =
		"[...document.querySelectorAll('.scroll')].filter((one) => one.scrollWidth > one.clientWidth).length";
	expect(await page.evaluate(scrolling)).toBe(0);
	await page.close();
});

test('a name with a script is text', async () => {
	const { page, complaints } = await open('odd names');
	expect(await page.locator('#products ~ .scroll th bdi').first().textContent()).toContain('"><script>');
	expect(complaints).toEqual([]);
	await page.close();
});

describe('the numbers on the page are those of the query', () => {
	const ask = (file: string, ...param: string[]) =>
		lake.process(async (context) => {
			const given = [`from=${range.from}`, `to=${range.to}`, ...param];
			const { columns, rows } = await runQuery(context, { file, param: given, engine: 'duckdb' });
			return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
		});
	const money = (value: unknown) => Number(value).toLocaleString('en-US', { style: 'currency', currency: 'USD' });
	const count = (value: unknown) => Number(value).toLocaleString('en-US');
	/** The cells of a table, by row, as a reader sees them; hidden ones too. */
	const cells = (page: Page, label: string) =>
		page.locator(`[aria-label="${label}"] tbody tr`).evaluateAll((rows) =>
			rows.map((row) =>
				[...row.children].map((cell) =>
					[...cell.childNodes]
						.filter(({ nodeName }) => nodeName !== 'SMALL')
						.map(({ textContent }) => textContent)
						.join('')
						.trim(),
				),
			),
		);
	let page: Page;
	beforeAll(async () => {
		({ page } = await open('usual'));
	});
	afterAll(() => page.close());

	test('in the headline', async () => {
		const measures = await ask('shop-performance');
		const shown = await page.locator('.figure').allTextContents();
		const percent = `${Number(measures[5]?.value).toFixed(1)}%`;
		const [revenue, orders, average, units, customers] = measures.map(({ value }) => value);
		expect(shown).toEqual([money(revenue), count(orders), money(average), count(units), count(customers), percent]);
	});

	test('by day', async () => {
		const days = await ask('revenue-by-day');
		expect((await cells(page, 'Every day')).map((row) => row.slice(1))).toEqual(
			days.map(({ revenue, orders, units, customers }) => [
				money(revenue),
				count(orders),
				count(units),
				count(customers),
			]),
		);
	});

	test('of products and customers', async () => {
		const products = await ask('sales-by-product', 'top=10');
		expect((await cells(page, 'Top products')).map((row) => row.slice(0, 3))).toEqual(
			products.map(({ product_name, units, revenue }) => [product_name, count(units), money(revenue)]),
		);
		const customers = await ask('top-customers', 'top=10');
		expect((await cells(page, 'Top customers')).map((row) => row.slice(0, 3))).toEqual(
			customers.map(({ user_id, orders, revenue }) => [user_id, count(orders), money(revenue)]),
		);
	});

	test('of categories, in all and by day', async () => {
		const days = await ask('revenue-by-day-and-category', 'top=8');
		const first = days.filter(({ place }, index) => place !== days[index - 1]?.place);
		expect((await cells(page, 'Revenue by category')).map((row) => row[2])).toEqual(
			first.map(({ category_revenue }) => money(category_revenue)),
		);
		const byDay = await cells(page, 'Every day by category');
		const coffee = days.filter(({ place }) => place === '1').map(({ revenue }) => money(revenue));
		expect(byDay.map((row) => row[1])).toEqual(coffee);
	});

	test('of what became of the records', async () => {
		const quality = await ask('sql/quality/data-quality.sql');
		expect((await cells(page, 'What became of the records')).map((row) => row.slice(1))).toEqual(
			quality.map(({ received, kept, duplicates, superseded, rejected, waiting, late }) =>
				[received, kept, duplicates, superseded, rejected, waiting, late].map(count),
			),
		);
	});
});

test.each([
	['report-screen', screen, 'light'],
	['report-dark', screen, 'dark'],
	['report-phone', phone, 'light'],
] as const)('the picture %s of the documentation is small', async (name, viewport, scheme) => {
	const { page } = await open('usual', viewport, scheme);
	const clip = { x: 0, y: 0, width: viewport.width, height: 1180 };
	const picture = await page.screenshot({ fullPage: true, clip });
	expect(picture.length).toBeLessThan(200_000);
	if (takesPictures) await writeFile(join('docs', 'images', `${name}.png`), picture);
	await page.close();
});
