import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { TaskContext } from '../../context';
import { goldTables } from '../../contracts';
import type { Engine } from '../../engine';
import { type FileRef, type PartitionEntry, tableFolder } from '../../lake';
import { attach } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import { describeItemFault, describeKeyFault } from './item-limits';
import { goldFiles, type LoadState } from './load-state';

type Item = Readonly<Record<string, AttributeValue>>;

/** The two DynamoDB tables of KPIs, by what an item is about. */
export type KpiTable = 'category' | 'order';

/** The names of the two tables. */
export const kpiTableNames = ({
	categoryKpisTable,
	orderKpisTable,
}: TaskContext['config']): Record<KpiTable, string> => ({ category: categoryKpisTable, order: orderKpisTable });

/** One item to put, or the key of one to delete. */
export type ItemWrite = { readonly target: KpiTable } & ({ readonly put: Item } | { readonly remove: Item });

/** A row of Gold that can't be an item, or a date whose rows can't be read, and why. */
export interface RefusedItem {
	/** Undefined where it is the whole date. */
	readonly target?: KpiTable;
	readonly date: string;
	readonly reason: string;
}

/** The key of an item that a table has. */
export interface ExistingKey {
	readonly target: KpiTable;
	readonly key: Item;
}

const sourceTables = { category: goldTables.category_kpis, order: goldTables.order_kpis } as const;

/**
 * Plans the writes that make the items of these dates equal Gold's rows. Every current row is put. A key is deleted if it
 * is in a former file of the serving table or in the DynamoDB table (`existing`), and not in a current row. No key occurs
 * twice. A row that DynamoDB can't hold is refused, and a key that it can't hold is not deleted.
 */
export async function planWrites(
	engine: Engine,
	state: LoadState,
	dates: readonly string[],
	existing: readonly ExistingKey[] = [],
): Promise<{ writes: ItemWrite[]; refused: RefusedItem[] }> {
	const current = { category: pickDates(state.category, dates), order: pickDates(state.order, dates) };
	const former = formerPartitions(state, dates);
	const writes: ItemWrite[] = [];
	const refused: RefusedItem[] = [];
	for (const target of ['category', 'order'] as const) {
		const rows = await readItems(engine, target, current[target], 'current');
		for (const put of rows) {
			const reason = describeItemFault(keyNames[target], put);
			if (reason === undefined) writes.push({ target, put });
			else refused.push({ target, date: put.order_date?.S ?? '', reason });
		}
		const keys = [
			...(await readItems(engine, target, former[target], 'former')),
			...existing.filter((one) => one.target === target).map(({ key }) => key),
		];
		for (const remove of keysToDelete(target, rows, keys)) writes.push({ target, remove });
	}
	return { writes, refused };
}

/** The keys that no current row has, each once, except those that DynamoDB can't hold. */
function keysToDelete(target: KpiTable, rows: readonly Item[], known: readonly Item[]): Item[] {
	const current = new Set(rows.map((item) => keyText(target, item)));
	const byText = new Map(known.map((item) => [keyText(target, item), itemKey(target, item)]));
	return [...byText].flatMap(([text, key]) =>
		current.has(text) || describeKeyFault(keyNames[target], key) !== undefined ? [] : [key],
	);
}

/** The files that may have been loaded and are not Gold's current ones, as partitions of each table. */
export function formerPartitions(
	state: LoadState,
	dates: readonly string[],
): Record<KpiTable, Record<string, PartitionEntry>> {
	const former: Record<KpiTable, Record<string, PartitionEntry>> = { category: {}, order: {} };
	for (const date of dates) {
		const current = new Set(goldFiles(state, date).map(({ key }) => key));
		const files = (state.serving[date]?.files ?? []).filter(({ key }) => !current.has(key));
		for (const target of ['category', 'order'] as const) {
			const own = files.filter(({ key }) => key.startsWith(folders[target]));
			if (own.length > 0) former[target][date] = filesEntry(own);
		}
	}
	return former;
}

const folders: Readonly<Record<KpiTable, string>> = {
	category: tableFolder('gold_category_kpis'),
	order: tableFolder('gold_order_kpis'),
};
/** The attributes of each table's key: the partition key, then the sort key. */
export const keyNames: Readonly<Record<KpiTable, readonly string[]>> = {
	category: ['category', 'order_date'],
	order: ['order_date'],
};

/** Rows as items: names and dates as text, figures as numbers, exact to the last digit; null values are left out. */
async function readItems(
	engine: Engine,
	target: KpiTable,
	partitions: Record<string, PartitionEntry>,
	role: string,
): Promise<Item[]> {
	const table = sourceTables[target];
	const view = `${table.name}_${role}`;
	await attach(engine, table, { format: 1, table: table.name, contract: 1, partitions }, { as: view });
	const rows = await engine.duckdb.rows(
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

function itemKey(target: KpiTable, item: Item): Item {
	return Object.fromEntries(keyNames[target].map((name) => [name, item[name] ?? { NULL: true }]));
}

const keyText = (target: KpiTable, item: Item): string => JSON.stringify(itemKey(target, item));

const pickDates = <T>(partitions: Readonly<Record<string, T>>, dates: readonly string[]): Record<string, T> =>
	Object.fromEntries(
		dates.flatMap((date) => {
			const entry = partitions[date];
			return entry === undefined ? [] : [[date, entry]];
		}),
	);

const filesEntry = (files: FileRef[]): PartitionEntry => ({ version: '', files, rows: 0, fingerprint: '' });
