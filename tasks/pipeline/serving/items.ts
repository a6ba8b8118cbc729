import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { goldTables } from '../../contracts';
import type { FileRef, PartitionEntry } from '../../lake';
import { attach, type Workbench } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import { itemFault, keyFault } from './item-limits';
import { goldFiles, type LoadState } from './plan';

/** The two DynamoDB tables, by what they hold. */
export type Target = 'category' | 'order';

/** One item to put, or the key of one to delete. */
export type Write = { readonly target: Target } & (
	| { readonly put: Readonly<Record<string, AttributeValue>> }
	| { readonly remove: Readonly<Record<string, AttributeValue>> }
);

/** A row of Gold that can't be an item, or a date whose rows can't be read, and why. */
export interface RefusedItem {
	/** None where it is the whole date. */
	readonly target?: Target;
	readonly date: string;
	readonly reason: string;
}

/** The key of an item that a table has. */
export interface PresentKey {
	readonly target: Target;
	readonly key: Readonly<Record<string, AttributeValue>>;
}

const sources = { category: goldTables.category_kpis, order: goldTables.order_kpis } as const;

/**
 * What makes the items of these dates equal Gold's rows, whichever of the rows of the files known to the serving table
 * are there now: all current rows are put, keys that only former files have, or the tables (`present`), are deleted. No
 * key occurs twice. A row that DynamoDB can't hold is refused; a key that can't exist is not deleted either.
 */
export async function writesFor(
	bench: Workbench,
	state: LoadState,
	dates: readonly string[],
	present: readonly PresentKey[] = [],
): Promise<{ writes: Write[]; refused: RefusedItem[] }> {
	const current = { category: pick(state.category, dates), order: pick(state.order, dates) };
	const former = formerPartitions(state, dates);
	const writes: Write[] = [];
	const refused: RefusedItem[] = [];
	for (const target of ['category', 'order'] as const) {
		const [rows, keys] = [
			await readItems(bench, target, current[target], 'current'),
			await readItems(bench, target, former[target], 'former'),
		];
		const wanted = new Set(rows.map((item) => keyText(target, item)));
		for (const put of rows) {
			const reason = itemFault(keyNames[target], put);
			if (reason === undefined) writes.push({ target, put });
			else refused.push({ target, date: put.order_date?.S ?? '', reason });
		}
		const there = [...keys, ...present.filter((one) => one.target === target).map(({ key }) => key)];
		const gone = new Map(there.map((item) => [keyText(target, item), itemKey(target, item)]));
		for (const [text, remove] of gone) {
			if (!wanted.has(text) && keyFault(keyNames[target], remove) === undefined) writes.push({ target, remove });
		}
	}
	return { writes, refused };
}

/** By table, the partitions of files that may have been loaded and are not Gold's current ones. */
export function formerPartitions(
	state: LoadState,
	dates: readonly string[],
): Record<Target, Record<string, PartitionEntry>> {
	const former: Record<Target, Record<string, PartitionEntry>> = { category: {}, order: {} };
	for (const date of dates) {
		const current = new Set(goldFiles(state, date).map(({ key }) => key));
		const files = (state.serving[date]?.files ?? []).filter(({ key }) => !current.has(key));
		for (const target of ['category', 'order'] as const) {
			const own = files.filter(({ key }) => key.startsWith(folders[target]));
			if (own.length > 0) former[target][date] = partition(own);
		}
	}
	return former;
}

const folders: Readonly<Record<Target, string>> = { category: 'gold/category_kpis/', order: 'gold/order_kpis/' };
/** The attributes of each table's key: the partition key, then the sort key. */
export const keyNames: Readonly<Record<Target, readonly string[]>> = {
	category: ['category', 'order_date'],
	order: ['order_date'],
};

/** Rows as items: names and dates as text, figures as numbers, exact to the last digit; without those that are null. */
async function readItems(
	bench: Workbench,
	target: Target,
	partitions: Record<string, PartitionEntry>,
	role: string,
): Promise<Record<string, AttributeValue>[]> {
	const table = sources[target];
	const view = `${table.name}_${role}`;
	await attach(bench, table, { format: 1, table: table.name, contract: 1, partitions }, { as: view });
	const rows = await bench.duckdb.rows(
		`select * replace (cast(order_date as varchar) as order_date) from ${identifier(view)}`,
	);
	return rows.map((row) =>
		Object.fromEntries(
			Object.entries(row)
				.filter(([, value]) => value !== null)
				.map(([name, value]) => [name, keyNames[target].includes(name) ? { S: String(value) } : { N: String(value) }]),
		),
	);
}

function itemKey(target: Target, item: Record<string, AttributeValue>): Record<string, AttributeValue> {
	return Object.fromEntries(keyNames[target].map((name) => [name, item[name] ?? { NULL: true }]));
}

const keyText = (target: Target, item: Record<string, AttributeValue>): string => JSON.stringify(itemKey(target, item));

const pick = <T>(partitions: Readonly<Record<string, T>>, dates: readonly string[]): Record<string, T> =>
	Object.fromEntries(
		dates.flatMap((date) => {
			const entry = partitions[date];
			return entry === undefined ? [] : [[date, entry]];
		}),
	);

const partition = (files: FileRef[]): PartitionEntry => ({ version: '', files, rows: 0, fingerprint: '' });
