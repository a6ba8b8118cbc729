import { type AttributeValue, type BatchWriteItemCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { loadKpis, planKpiLoad } from '../../../../tasks/pipeline/serving';
import { describeItemFault } from '../../../../tasks/pipeline/serving/item-limits';
import { literal } from '../../../../tasks/platform/duckdb/quote';
import { DataRefusedError } from '../../../../tasks/platform/errors';
import { type TestContext, testContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { publish } from '../../../support/publish';

type Item = Record<string, AttributeValue>;
const day = '2026-11-20';
const next = '2026-11-21';
const most = 'c'.repeat(2048);
const tooLong = `${'é'.repeat(1024)}!`;

/** Two tables that refuse a key as DynamoDB does, and a lake whose Gold they are loaded from. */
class Shop {
	readonly items = new Map<string, Item>();
	/** Keys that hold this can't be read. */
	damaged: string | undefined;
	private readonly store = new MemoryStore();
	private readonly test: TestContext = testContext({ store: this.store });
	private readonly reader: TestContext = testContext({
		store: this.store.door({
			before: (operation, key) => {
				if (operation !== 'download' || this.damaged === undefined || !key.includes(this.damaged)) return;
				throw new DataRefusedError(`${key} is damaged`);
			},
		}),
	});

	/** Gold's categories and orders of a date; null removes the date. */
	async gold(date: string, categories: readonly string[] | null): Promise<void> {
		const { context } = this.test;
		if (categories === null) {
			const drop = { drop: [date] };
			await publish(context.step('aggregate'), { gold_category_kpis: drop, gold_order_kpis: drop });
			return;
		}
		const rows = categories.map((name) => `(${literal(name)}, 1.50, 1.50, 0, date '${date}')`);
		await publish(context.step('aggregate'), {
			gold_category_kpis: {
				rows: `select * from (values ${rows.join(', ')}) as kpis (category, daily_revenue, avg_order_value, avg_return_rate, order_date)`,
			},
			gold_order_kpis: {
				rows: `select 1 as total_orders, 1.50 as total_revenue, 1 as total_items_sold, 0 as return_rate, 1 as unique_customers, date '${date}' as order_date`,
			},
		});
	}

	load(options: { full?: boolean; scope?: Parameters<typeof loadKpis>[1] } = {}) {
		const { context } = this.reader;
		const aws = { ...context.aws, meter: context.aws.meter, dynamodb: async () => this.dynamodb };
		return loadKpis({ ...context.step('load-kpis'), aws }, options.scope ?? { kind: 'all' }, {
			full: options.full ?? false,
		});
	}

	async plan() {
		return planKpiLoad(await (await this.test.context.lake()).newest(), { kind: 'all' });
	}

	keys(): string[] {
		return [...this.items.keys()].sort();
	}

	async dispose(): Promise<void> {
		await this.test.dispose();
		await this.reader.dispose();
	}

	/** An instance, because the SDK's paginators take nothing else. */
	private readonly dynamodb: DynamoDBClient = Object.assign(Object.create(DynamoDBClient.prototype), {
		send: async ({ input }: { input: BatchWriteItemCommandInput & { TableName?: string } }) => {
			if (input.TableName !== undefined) {
				const own = [...this.items].filter(([key]) => key.startsWith(`${input.TableName} `));
				return {
					Items: own.map(([, { category, order_date }]) => ({ ...(category ? { category } : {}), order_date })),
				};
			}
			for (const [table, requests] of Object.entries(input.RequestItems ?? {})) {
				for (const { PutRequest, DeleteRequest } of requests) {
					const item = (PutRequest?.Item ?? DeleteRequest?.Key) as Item;
					const { category, order_date } = item;
					const parts = [...(category ? [category.S ?? ''] : []), order_date?.S ?? ''];
					if (parts.some((part) => part === '' || Buffer.byteLength(part) > 2048)) {
						throw new Error('ValidationException: the key can’t be');
					}
					const key = `${table} ${[...parts].reverse().join(' ')}`;
					if (PutRequest) this.items.set(key, item);
					else this.items.delete(key);
				}
			}
			return {};
		},
	});
}

let shop: Shop;
beforeEach(() => {
	shop = new Shop();
});
afterEach(() => shop.dispose());

describe('a category that can’t be a key', () => {
	test.each([
		[
			'is longer than 2,048 bytes',
			tooLong,
			`category "${'é'.repeat(60)}… (2049 bytes)" has more than the 2048 bytes that a key of DynamoDB may have`,
		],
		['is empty', '', "category is empty, and a key of DynamoDB can't be"],
	])('because it %s stops no other key and no other date, and is named (exit code 65)', async (_, category, reason) => {
		await shop.gold(day, [category, 'Toys', most]);
		await shop.gold(next, ['Toys']);
		await expect(shop.load()).rejects.toMatchObject({
			exitCode: 65,
			message: [
				"Gold's KPIs are in DynamoDB, except these:",
				`CategoryKPIs 2026-11-20: ${reason}.`,
				"Correct the batch that brought it and ingest it again, or withdraw it with 'shoplake withdraw --batch ID'. Then run 'shoplake aggregate' and 'shoplake load-kpis'.",
			].join('\n'),
			outcome: { status: 'published', dates: 2, put: 5, deleted: 0 },
		});
		expect(shop.keys()).toEqual([
			`CategoryKPIs ${day} Toys`,
			`CategoryKPIs ${day} ${most}`,
			`CategoryKPIs ${next} Toys`,
			`OrderKPIs ${day}`,
			`OrderKPIs ${next}`,
		]);
		expect(await shop.plan()).toEqual([{ date: day, reason: 'loaded except rows that DynamoDB can’t hold' }]);
		await expect(shop.load()).rejects.toMatchObject({ exitCode: 65 });
	});

	test.each([
		['corrected', ['Toys'] as string[] | null],
		['withdrawn with its date', null],
	])('is not deleted once it is %s: that load is green, and so is a full one', async (_, categories) => {
		await shop.gold(day, [tooLong, 'Books']);
		await shop.gold(next, ['Toys']);
		await shop.load().catch(() => undefined);
		await shop.gold(day, categories);
		expect(await shop.load()).toMatchObject({ status: 'published' });
		expect(await shop.plan()).toEqual([]);
		const there = categories ? [`CategoryKPIs ${day} Toys`, `OrderKPIs ${day}`] : [];
		expect(shop.keys().filter((key) => key.includes(day))).toEqual(there);
		expect(await shop.load({ full: true })).toMatchObject({ status: 'published' });
	});
});

test('a date whose rows can’t be read stops no other date, and its lease is released', async () => {
	const dates = ['2026-11-18', '2026-11-19', day, next];
	for (const date of dates) await shop.gold(date, ['Toys']);
	shop.damaged = `category_kpis/order_date=${day}`;
	await expect(shop.load()).rejects.toMatchObject({
		exitCode: 65,
		message: expect.stringMatching(/\n2026-11-20: gold\/category_kpis\S* is damaged\.\n/),
		outcome: { put: 6 },
	});
	expect(shop.keys().filter((key) => key.includes(day))).toEqual([]);
	expect(await shop.plan()).toEqual([{ date: day, reason: 'load cut off or under way' }]);
	shop.damaged = undefined;
	expect(await shop.load()).toMatchObject({ status: 'published', dates: 1, put: 2 });
	expect(await shop.plan()).toEqual([]);
});

describe('what an item may be', () => {
	const keys = ['category', 'order_date'];
	const item = (daily_revenue: string, category = 'Toys'): Item => ({
		category: { S: category },
		order_date: { S: day },
		daily_revenue: { N: daily_revenue },
	});

	test.each([
		['0', true],
		['-0.00', true],
		[`${'9'.repeat(38)}`, true],
		[`${'9'.repeat(38)}000`, true],
		[`0.${'0'.repeat(20)}${'9'.repeat(38)}`, true],
		['1e125', true],
		['1e126', false],
		['1e-131', false],
		[`1${'0'.repeat(37)}1`, false],
		[`${'1'.repeat(20)}.${'1'.repeat(19)}`, false],
		['NaN', false],
		['', false],
	])('the number %s is held: %p', (text, isHeld) => {
		expect(describeItemFault(keys, item(text)) === undefined).toBe(isHeld);
	});

	test('400 KB at most', () => {
		expect(describeItemFault(['order_date'], { ...item('1', 'x'.repeat(400 * 1024 - 50)) })).toBeUndefined();
		expect(describeItemFault(['order_date'], { ...item('1', 'x'.repeat(400 * 1024)) })).toBe(
			'the item has 409642 bytes, more than the 409600 that DynamoDB takes',
		);
	});

	test('1,024 bytes of a sort key, 2,048 of a partition key, and neither empty', () => {
		const key = (category: string, order_date: string) => ({
			category: { S: category },
			order_date: { S: order_date },
		});
		expect(describeItemFault(keys, key('c'.repeat(2048), 'd'.repeat(1024)))).toBeUndefined();
		expect(describeItemFault(keys, key('c', 'd'.repeat(1025)))).toMatch(/^order_date .* more than the 1024 bytes/);
		expect(describeItemFault(keys, key('c', ''))).toMatch(/^order_date is empty/);
	});
});

describe('load-kpis --full', () => {
	test('repairs lost items, changed items, and items that no load has written', async () => {
		await shop.gold(day, ['Books', 'Toys']);
		await shop.gold(next, ['Toys']);
		await shop.load();
		const right = new Map(shop.items);
		shop.items.delete(`CategoryKPIs ${day} Toys`);
		shop.items.set(`OrderKPIs ${day}`, { order_date: { S: day }, total_orders: { N: '999' } });
		shop.items.set(`CategoryKPIs ${day} Stranger`, { category: { S: 'Stranger' }, order_date: { S: day } });
		shop.items.set('OrderKPIs 1999-01-01', { order_date: { S: '1999-01-01' } });
		shop.items.set('CategoryKPIs not a date Toys', { category: { S: 'Toys' }, order_date: { S: 'not a date' } });
		expect(await shop.load()).toMatchObject({ status: 'unchanged' });

		expect(await shop.load({ full: true })).toMatchObject({ status: 'published', dates: 4, put: 5, deleted: 3 });
		expect(shop.items).toEqual(right);
		expect(await shop.plan()).toEqual([]);
	});

	test('changes no date outside its scope', async () => {
		await shop.gold(day, ['Toys']);
		await shop.load();
		for (const date of ['2026-11-19', day, next]) {
			shop.items.set(`CategoryKPIs ${date} Stranger`, { category: { S: 'Stranger' }, order_date: { S: date } });
		}
		await shop.load({ full: true, scope: { kind: 'dates', from: day, to: next } });
		expect(shop.keys()).toEqual(['CategoryKPIs 2026-11-19 Stranger', `CategoryKPIs ${day} Toys`, `OrderKPIs ${day}`]);
	});
});
