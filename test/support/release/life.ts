import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, sale } from '../stream-records';

/** Runs `shoplake …` of a release, which has to end with `code` (0 by default); resolves to what it prints. */
export type RunRelease = (args: readonly string[], code?: number) => Promise<string>;
/** Writes an object into the lake's bucket. */
export type PutObject = (key: string, text: string) => Promise<unknown>;

/** Questions about a lake by name, each with its rows as JSON, in the order of their text. */
export type Answers = Readonly<Record<string, readonly string[]>>;

/** The days of the lake of a release. The last one is ingested and waits for `clean`. */
export const recordedDays = ['2026-11-17', '2026-11-18', '2026-11-19', '2026-11-20'] as const;
const [first, second, third, waiting] = recordedDays;

/** What happens in the lake of a release: everything that later releases have to read. */
export async function liveAsRelease(run: RunRelease, put: PutObject): Promise<void> {
	const orders = ['--records', '25'];
	const dirty = ['--dirt', '0.05', '--max-rejected', '50%'];
	for (const date of [first, second]) await run(['run', '--date', date, ...orders, ...dirty]);

	// The first day comes again, corrected: fewer of its records are invalid.
	await run(['generate', '--date', first, ...orders, '--dirt', '0.02']);
	await run(['ingest', '--batch', first, '--max-rejected', '50%']);
	await run(['clean', '--batch', first]);

	const header = 'order_id,user_id,order_date,total_amount,status\n';
	await put('landing/orders/batch=extra/orders.csv', `${header}EXTRA-1,U-extra,${first},10.50,completed\n`);
	await run(['ingest', '--batch', 'extra', '--as-of', `${first}T12:00:00Z`]);
	await run(['clean', '--batch', 'extra']);
	await run(['withdraw', '--batch', 'extra']);

	// A batch that is refused as a whole.
	await put('landing/orders/batch=refused/orders.csv', `${header}EXTRA-2,U-extra,no date,10.50,completed\n`);
	await run(['ingest', '--batch', 'refused', '--as-of', `${first}T12:00:00Z`], 65);

	const hour = '2026/11/18/05';
	await put(
		`bronze/live_orders/${hour}/orders-1`,
		sale('s1', { event_time: '2026-11-18T05:10:00Z' }) + sale('s2', { event_time: '', quantity: 1 }),
	);
	await put(`bronze/live_events/${hour}/events-1`, `${event('v1', { event_time: '2026-11-18T05:00:00Z' })}broken\n`);
	await run(['stream', 'seal']);
	await run(['clean', '--sealed']);

	await run(['run', '--date', third, ...orders, '--dirt', '0']);
	await run(['generate', '--date', waiting, ...orders]);
	await run(['ingest', '--batch', waiting]);
	// Delivered, and in no batch yet.
	await put(`bronze/live_orders/${hour}/orders-2`, sale('s3', { event_time: '2026-11-18T05:20:00Z' }));
}

/** Questions whose answers stay the same when a later release works on the lake. Dates are those that were loaded. */
export const questions: Readonly<Record<string, string>> = {
	'orders and revenue by date': `select order_date, total_orders, total_revenue, total_items_sold, return_rate, unique_customers
from gold_order_kpis where order_date <= '${third}'`,
	'categories by date': `select order_date, category, daily_revenue, avg_order_value, avg_return_rate
from gold_category_kpis where order_date <= '${third}'`,
	'products by date': `select order_date, count(*) as products, sum(units) as units, sum(amount) as amount
from gold_daily_sales where order_date <= '${third}' group by order_date`,
	'customers by date': `select order_date, count(*) as customers, sum(revenue) as revenue
from gold_customer_daily where order_date <= '${third}' group by order_date`,
	'events by date': `select event_date, sum(views) as views, sum(carts) as carts, sum(purchases) as purchases
from gold_event_funnel where event_date <= '${third}' group by event_date`,
	'orders by status': `select order_date, status, count(*) as orders, sum(total_amount) as amount
from silver_orders where order_date <= '${third}' group by order_date, status`,
	'items by date': `select order_date, count(*) as items, sum(quantity) as units, sum(line_amount) as amount
from silver_order_items where order_date <= '${third}' group by order_date`,
	'live sales': `select event_id, sale_date, product_name, quantity, price
from silver_gadget_sales where event_id <> 's3'`,
	'records by batch': `select dataset, batch, received, rejected
from lake_batches where batch <= '${third}'`,
	'invalid records': `select dataset, batch, rule, count(*) as records
from lake_quarantine where batch <= '${third}' group by dataset, batch, rule`,
};

/** Asks all questions, in one statement. */
export async function askAll(run: RunRelease): Promise<Answers> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-questions-'));
	try {
		const file = join(folder, 'questions.sql');
		await writeFile(file, Object.entries(questions).map(toRows).join('\nunion all\n'));
		const rows = JSON.parse(await run(['query', file, '--format', 'json'])) as { question: string; answer: string }[];
		const answersTo = (name: string) => rows.filter(({ question }) => question === name).map(({ answer }) => answer);
		return Object.fromEntries(Object.keys(questions).map((name) => [name, answersTo(name).sort()]));
	} finally {
		await rm(folder, { recursive: true });
	}
}

const toRows = ([name, sql]: [string, string]) =>
	`select '${name}' as question, cast(to_json(answer) as varchar) as answer from (${sql}) answer`;
