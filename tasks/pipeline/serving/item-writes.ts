import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { SqlType } from '../../contracts';
import type { DuckDbEngine } from '../../engine';
import { type FileRef, type PartitionEntry, tableFolder } from '../../lake';
import { attach } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';
import { describeItemFault, describeKeyFault } from './item-limits';
import { goldFiles, type LoadState } from './load-state';
import type { ServedTable } from './serving-set';

type Item = Readonly<Record<string, AttributeValue>>;

/** One item to put, or the key of one to delete. */
export type ItemWrite = { readonly target: string } & ({ readonly put: Item } | { readonly remove: Item });

/** A row of Gold that can't be an item, or a date whose rows can't be read, and why. */
export interface RefusedItem {
	/** Undefined where it is the whole date. */
	readonly target?: string;
	readonly date: string;
	readonly reason: string;
}

/** The key of an item that a table has. */
export interface ExistingKey {
	readonly target: string;
	readonly key: Item;
}

/**
 * Plans the writes that make the items of these dates equal Gold's rows. Every current row is put. A key is deleted if it
 * is in a former file of the serving table or in the DynamoDB table (`existing`), and not in a current row. No key occurs
 * twice. A row that DynamoDB can't hold is refused, and a key that it can't hold is not deleted.
 */
export async function planWrites(
	engine: DuckDbEngine,
	state: LoadState,
	dates: readonly string[],
	existing: readonly ExistingKey[] = [],
): Promise<{ writes: ItemWrite[]; refused: RefusedItem[] }> {
	const former = formerPartitions(state, dates);
	const writes: ItemWrite[] = [];
	const refused: RefusedItem[] = [];
	for (const table of state.set.tables) {
		const { target, key, date } = table;
		const rows = await readItems(engine, table, pickDates(state.gold[target] ?? {}, dates), 'current');
		for (const put of rows) {
			const reason = describeItemFault(key, put);
			if (reason === undefined) writes.push({ target, put });
			else refused.push({ target, date: put[date]?.S ?? '', reason });
		}
		const keys = [
			...(await readItems(engine, table, former[target] ?? {}, 'former')),
			...existing.filter((one) => one.target === target).map(({ key }) => key),
		];
		for (const remove of keysToDelete(key, rows, keys)) writes.push({ target, remove });
	}
	return { writes, refused };
}

/** The keys that no current row has, each once, except those that DynamoDB can't hold. */
function keysToDelete(names: readonly string[], rows: readonly Item[], known: readonly Item[]): Item[] {
	const current = new Set(rows.map((item) => keyText(names, item)));
	const byText = new Map(known.map((item) => [keyText(names, item), itemKey(names, item)]));
	return [...byText].flatMap(([text, key]) =>
		current.has(text) || describeKeyFault(names, key) !== undefined ? [] : [key],
	);
}

/** The files that may have been loaded and are not Gold's current ones, as partitions of each table. */
export function formerPartitions(
	state: LoadState,
	dates: readonly string[],
): Record<string, Record<string, PartitionEntry>> {
	const former: Record<string, Record<string, PartitionEntry>> = {};
	for (const date of dates) {
		const current = new Set(goldFiles(state, date).map(({ key }) => key));
		const files = (state.serving[date]?.files ?? []).filter(({ key }) => !current.has(key));
		for (const { target, gold } of state.set.tables) {
			const own = files.filter(({ key }) => key.startsWith(tableFolder(gold.name)));
			if (own.length > 0) former[target] = { ...former[target], [date]: filesEntry(own) };
		}
	}
	return former;
}

/** Rows as items; null values are left out. */
async function readItems(
	engine: DuckDbEngine,
	{ gold, date, key }: ServedTable,
	partitions: Record<string, PartitionEntry>,
	role: string,
): Promise<Item[]> {
	const view = `${gold.name}_${role}`;
	await attach(engine, gold, { format: 1, table: gold.name, contract: 1, partitions }, { as: view });
	const column = identifier(date);
	const rows = await engine.duckdb.rows(
		`select * replace (cast(${column} as varchar) as ${column}) from ${identifier(view)}`,
	);
	const types = new Map(gold.columns.map(({ name, type }) => [name, type]));
	return rows.map((row) =>
		Object.fromEntries(
			Object.entries(row)
				.filter(([, value]) => value !== null)
				.map(([name, value]) => [name, attributeValue(key.includes(name) ? 'string' : types.get(name), String(value))]),
		),
	);
}

/** Texts, dates and times as text (a time in ISO 8601, UTC), figures as numbers, exact to the last digit. */
function attributeValue(type: SqlType | undefined, text: string): AttributeValue {
	if (type === 'boolean') return { BOOL: text === 'true' };
	if (type === 'timestamp') return { S: `${text.replace(' ', 'T')}Z` };
	return type === 'string' || type === 'date' ? { S: text } : { N: text };
}

const itemKey = (names: readonly string[], item: Item): Item =>
	Object.fromEntries(names.map((name) => [name, item[name] ?? { NULL: true }]));

const keyText = (names: readonly string[], item: Item): string => JSON.stringify(itemKey(names, item));

const pickDates = <T>(partitions: Readonly<Record<string, T>>, dates: readonly string[]): Record<string, T> =>
	Object.fromEntries(
		dates.flatMap((date) => {
			const entry = partitions[date];
			return entry === undefined ? [] : [[date, entry]];
		}),
	);

const filesEntry = (files: FileRef[]): PartitionEntry => ({ version: '', files, rows: 0, fingerprint: '' });
