import { goldTables } from '../../tasks/contracts';
import { listAccounts, type ObjectStore } from '../../tasks/lake';
import type { FileTable } from '../../tasks/lake/partitions';
import { readRows, readTable, sorted, testContext } from './context';
import { type AdmittedBatch, type Gold, modelGold, modelSilver, type Row } from './model';

/** All that a lake tells of its records, in an order of its own: equal states are deeply equal. */
export type State = Readonly<Record<string, readonly Row[]>>;

/** Lines that wait, by their order's date where the order is known. */
const orphans: FileTable = {
	name: 'orphans_order_items',
	columns: [
		{ name: 'order_id', type: 'string' },
		{ name: 'line_number', type: 'int' },
		{ name: 'product_id', type: 'string' },
		{ name: 'quantity', type: 'int' },
		{ name: 'unit_price', type: 'decimal(12,2)' },
		{ name: 'waits_for', type: 'string' },
	],
	partition: { column: 'order_date' },
};

/** Silver, orphans and labels as the newest head of a store has them, or an earlier one. */
export async function silverState(store: ObjectStore, head?: number): Promise<State> {
	const { context, dispose } = testContext({ store });
	try {
		const lake = await context.lake();
		const snapshot = head === undefined ? await lake.newest() : await lake.at(head);
		const tables = ['orders', 'order_items', 'products', 'events', 'gadget_sales'] as const;
		const state: Record<string, readonly Row[]> = {};
		for (const name of tables) state[name] = sorted(await readTable(context, `silver_${name}`, snapshot));
		const accounts = await listAccounts(await snapshot.ledger(), (name) => snapshot.table(name));
		return {
			...state,
			orphans: sorted(await readRows(context, orphans, snapshot)),
			labels: sorted(accounts as unknown as Row[]),
		};
	} finally {
		await dispose();
	}
}

/** The same as the model has it. */
export function expectedSilver(admitted: readonly AdmittedBatch[]): State {
	const silver = modelSilver(admitted);
	const dates = new Map(silver.orders.map(({ order_id, order_date }) => [order_id, order_date as string]));
	return {
		orders: sorted(silver.orders),
		order_items: sorted(silver.order_items),
		products: sorted(silver.products),
		events: sorted(silver.events),
		gadget_sales: sorted(silver.gadget_sales),
		orphans: sorted(
			silver.orphans.map(({ item, waitsForOrder }) => ({
				...item,
				waits_for: waitsForOrder ? 'order' : 'product',
				order_date: dates.get(String(item.order_id)) ?? null,
			})),
		),
		labels: sorted(silver.labels as unknown as Row[]),
	};
}

const goldNames = Object.keys(goldTables) as (keyof Gold)[];

/** Gold as the newest head of a store has it. */
export async function goldState(store: ObjectStore): Promise<State> {
	const { context, dispose } = testContext({ store });
	try {
		const snapshot = await (await context.lake()).newest();
		const state: Record<string, readonly Row[]> = {};
		for (const name of goldNames) state[name] = sorted(await readTable(context, `gold_${name}`, snapshot));
		return state;
	} finally {
		await dispose();
	}
}

/** The same as the model has it. */
export function expectedGold(admitted: readonly AdmittedBatch[]): State {
	const gold = modelGold(modelSilver(admitted));
	return Object.fromEntries(goldNames.map((name) => [name, sorted(gold[name])]));
}
