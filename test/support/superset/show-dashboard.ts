/**
 * Shows the lake in Apache Superset: runs days through the pipeline on MiniStack, exports them to a DuckDB file, makes a
 * dashboard over the file, opens it in headless Chromium, compares its numbers with `shoplake query`, and takes the picture
 * `docs/images/bi-superset.png`. Not a tier of `npm test`: installing Superset takes minutes.
 *
 *   npm run build && npx tsx test/support/superset/show-dashboard.ts
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { runCli, runResult, startAws } from '../cli';
import { makeDashboard } from './dashboard';
import { type Superset, startSuperset } from './server';

const picture = join('docs', 'images', 'bi-superset.png');
const bucket = 'lake-bi';
const days = Array.from({ length: 14 }, (_, day) => `2026-11-${String(day + 7).padStart(2, '0')}`);

const folder = await mkdtemp(join(tmpdir(), 'shoplake-bi-'));
const aws = await startAws();
const env = { ...process.env, SHOPLAKE_BUCKET: bucket };
const file = join(folder, 'lake.duckdb');
let superset: Superset | undefined;
let browser: Browser | undefined;
try {
	await makeLake();
	await runResult(env, 'export', file);
	superset = await startSuperset(join(folder, 'superset'));
	const path = await makeDashboard(superset, `duckdb:///${file}?access_mode=read_only`);
	browser = await chromium.launch({
		executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
		args: ['--no-sandbox'],
	});
	const page = await openDashboard(browser, superset, path);
	await compareNumbers(page);
	await page.screenshot({ path: picture });
	process.stdout.write(`Superset shows what 'shoplake query' prints; the picture is ${picture}\n`);
} finally {
	await browser?.close();
	await superset?.stop();
	await aws.stop();
	await rm(folder, { recursive: true });
}

async function makeLake(): Promise<void> {
	const { ok, status } = await fetch(`${aws.endpoint}/${bucket}`, { method: 'PUT' });
	if (!ok) throw new Error(`S3 answers ${status}`);
	for (const day of days) {
		await runResult(env, 'generate', '--date', day, '--records', '300');
		await runResult(env, 'ingest', '--batch', day);
	}
	await runResult(env, 'clean', '--from', days[0] ?? '', '--to', days.at(-1) ?? '');
	await runResult(env, 'aggregate');
}

async function openDashboard(browser: Browser, { endpoint, user }: Superset, path: string): Promise<Page> {
	const page = await browser.newPage({ viewport: { width: 1360, height: 980 } });
	await page.request.post(`${endpoint}/login/`, { form: user });
	await page.goto(`${endpoint}${path}`);
	await page.waitForFunction(
		"document.querySelectorAll('table tbody tr').length > 5 && document.querySelectorAll('canvas').length >= 1 && document.querySelectorAll('.loading').length === 0",
		undefined,
		{ timeout: 120_000 },
	);
	// The bars grow.
	await page.waitForTimeout(2000);
	return page;
}

/** What a table in the page shows: the revenue by the value of its first column. */
async function readTable(page: Page, column: string): Promise<Map<string, string>> {
	const rows = await page.evaluate<[string, string][]>(
		`[...document.querySelectorAll('td[aria-labelledby="header-${column}"]')].map((cell) => [cell.innerText.trim(), cell.nextElementSibling.innerText.trim()])`,
	);
	return new Map(rows.map(([value, revenue]) => [value, revenue.replaceAll(',', '')]));
}

async function queryRows(sql: string): Promise<Map<string, string>> {
	const { stdout, stderr, code } = await runCli(env, 'query', sql, '--format', 'json');
	if (code !== 0) throw new Error(stderr);
	const rows: { readonly value: string; readonly revenue: string }[] = JSON.parse(stdout);
	return new Map(rows.map(({ value, revenue }) => [value, revenue]));
}

async function compareNumbers(page: Page): Promise<void> {
	const figures = 'cast(sum(amount) as varchar) as revenue from gold_daily_sales';
	for (const column of ['category', 'order_date']) {
		const expected = await queryRows(`select ${column} as value, ${figures} group by ${column}`);
		assert.deepEqual(new Map([...(await readTable(page, column))].sort()), new Map([...expected].sort()), column);
		assert.ok(expected.size > 1);
	}
	const total = (await queryRows(`select 'all' as value, ${figures}`)).get('all');
	const shown = await page.evaluate<string>("document.querySelector('.header-line')?.innerText ?? ''");
	assert.equal(shown.replaceAll(',', '').trim(), total);
}
