import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { goldTables } from '../contracts';
import { identifier } from '../engines/quote';
import { attach, type Workbench } from '../engines/table-files';
import type { FileRef, PartitionEntry } from '../lake';
import { goldFiles, type LoadState } from './plan';

/** The two DynamoDB tables, by what they hold. */
export type Target = 'category' | 'order';

/** One item to put, or the key of one to delete. */
export type Write = { readonly target: Target } & (
	| { readonly put: Readonly<Record<string, AttributeValue>> }
	| { readonly remove: Readonly<Record<string, AttributeValue>> }
);

const sources = { category: goldTables.category_kpis, order: goldTables.order_kpis } as const;

/**
 * What makes the items of these dates equal Gold's rows, whichever of the rows of the files known to the serving table
 * are there now: all current rows are put, keys that only former files have are deleted. No key occurs twice.
 */
export async function writesFor(bench: Workbench, state: LoadState, dates: readonly string[]): Promise<Write[]> {
	const current = { category: pick(state.category, dates), order: pick(state.order, dates) };
	const former = formerPartitions(state, dates);
	const writes: Write[] = [];
	for (const target of ['category', 'order'] as const) {
		const [rows, keys] = [
			await itemsOf(bench, target, current[target], 'current'),
			await itemsOf(bench, target, former[target], 'former'),
		];
		const wanted = new Set(rows.map((item) => keyText(target, item)));
		writes.push(...rows.map((put) => ({ target, put })));
		const gone = new Map(keys.map((item) => [keyText(target, item), keyOf(target, item)]));
		for (const [text, remove] of gone) if (!wanted.has(text)) writes.push({ target, remove });
	}
	return writes;
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
const keys: Readonly<Record<Target, readonly string[]>> = {
	category: ['category', 'order_date'],
	order: ['order_date'],
};

/** Rows as items: names and dates as text, figures as numbers, exact to the last digit; without those that are null. */
async function itemsOf(
	bench: Workbench,
	target: Target,
	partitions: Record<string, PartitionEntry>,
	role: string,
): Promise<Record<string, AttributeValue>[]> {
	const table = sources[target];
	const view = `${table.name}_${role}`;
	await attach(bench, table, { format: 1, table: table.name, contract: 1, partitions }, { as: view });
	const rows = await bench.duckdb.rows(`select * from ${identifier(view)}`);
	return rows.map((row) =>
		Object.fromEntries(
			Object.entries(row)
				.filter(([, value]) => value !== null)
				.map(([name, value]) => [name, keys[target].includes(name) ? { S: String(value) } : { N: String(value) }]),
		),
	);
}

function keyOf(target: Target, item: Record<string, AttributeValue>): Record<string, AttributeValue> {
	return Object.fromEntries(keys[target].map((name) => [name, item[name] ?? { NULL: true }]));
}

const keyText = (target: Target, item: Record<string, AttributeValue>): string => JSON.stringify(keyOf(target, item));

const pick = <T>(partitions: Readonly<Record<string, T>>, dates: readonly string[]): Record<string, T> =>
	Object.fromEntries(
		dates.flatMap((date) => {
			const entry = partitions[date];
			return entry === undefined ? [] : [[date, entry]];
		}),
	);

const partition = (files: FileRef[]): PartitionEntry => ({ version: '', files, rows: 0, fingerprint: '' });
