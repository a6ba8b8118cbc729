import { type GoldTableName, goldTables } from '../../../../tasks/contracts';
import type { DuckDbEngine } from '../../../../tasks/engine';
import {
	type Change,
	Lake,
	newAttempt,
	type PartitionEntry,
	type Snapshot,
	type TableManifest,
	whole,
} from '../../../../tasks/lake';
import { duckdbType, type FileTable } from '../../../../tasks/lake/partitions';
import type { Scope } from '../../../../tasks/lake/scope';
import { writePartitions } from '../../../../tasks/lake/write-partitions';
import { aggregate, planAggregate, rebuildGold } from '../../../../tasks/pipeline/gold';
import { silverTables } from '../../../../tasks/pipeline/gold/sources';
import { identifier, literal } from '../../../../tasks/platform/duckdb/quote';
import type { Outcome } from '../../../../tasks/platform/result';
import { readRows, readTable, sorted, testContext } from '../../../support/context';
import { MemoryLake } from '../../../support/memory-lake';
import type { StoreHooks } from '../../../support/memory-store';
import type { Row } from '../../../support/model';

/** Silver as rows; fields that Gold doesn't look at may be left out. */
export interface SilverRows {
	readonly orders: readonly Row[];
	readonly order_items: readonly Row[];
	readonly products: readonly Row[];
	readonly events: readonly Row[];
	readonly gadget_sales?: readonly Row[];
}

export const everything: Scope = { kind: 'all' };
const clock = () => new Date('2026-12-01T00:00:00Z');

/** A lake in memory whose Silver a test writes directly, and the product's own `aggregate` over it. */
export class GoldLake extends MemoryLake {
	private readonly test = testContext({ store: this.store, clock });
	private readonly lake = new Lake(this.store, clock);

	protected override now(): Date {
		return clock();
	}

	/** Makes Silver hold these rows, as `clean` would: partitions whose rows are as before keep their version. */
	async setSilver(rows: SilverRows): Promise<void> {
		const engine = await this.test.context.engine();
		await this.commit(async (snapshot, attempt) => {
			const tables: Record<string, TableManifest> = {};
			for (const [name, table] of Object.entries(silverTables)) {
				const partitions = await writeSilver(engine, snapshot, table, rows[name as keyof SilverRows] ?? [], attempt);
				tables[table.name] = { ...(await snapshot.table(table.name)), partitions };
			}
			return { tables };
		});
	}

	/** Commits a change as another run. */
	async commit(work: (snapshot: Snapshot, attempt: string) => Promise<Change>): Promise<void> {
		const attempt = newAttempt();
		await this.lake.transact({ task: 'clean', runId: 'test', attempt, startedAt: clock() }, (snapshot) =>
			work(snapshot, attempt),
		);
	}

	/** Another process over the same lake; `hooks` see its calls to the store. */
	aggregate(scope: Scope = everything, options: { dryRun?: boolean; hooks?: StoreHooks } = {}): Promise<Outcome> {
		return this.process(
			async (context) =>
				this.withoutOtherTables(await aggregate(context.step('aggregate'), scope, { dryRun: options.dryRun ?? false })),
			this.store.door(options.hooks ?? {}),
		);
	}

	rebuild(interval?: { from: string; to: string }): Promise<Outcome> {
		return this.process(async (context) =>
			this.withoutOtherTables(await rebuildGold(context.step('rebuild'), interval)),
		);
	}

	/** An outcome without the partitions, and their rows, of tables that the tests don't list. */
	private async withoutOtherTables(outcome: Outcome): Promise<Outcome> {
		const { partitions = [], plan, rows } = outcome;
		const split = partitions.map((name) => {
			const [table = '', partition = ''] = name.split('/');
			return { name, table, partition };
		});
		const newest = await this.lake.newest();
		let others = 0;
		for (const { table, partition } of split.filter((partition) => !isNamedTable(partition))) {
			others += (await newest.table(table)).partitions[partition]?.rows ?? 0;
		}
		return {
			...outcome,
			partitions: split.filter(isNamedTable).map(({ name }) => name),
			...(rows === undefined ? {} : { rows: Number(rows) - others }),
			...(plan ? { plan: (plan as { table: string }[]).filter(isNamedTable) } : {}),
		};
	}

	/** Deletes the files of a partition, which the lake still names. */
	async loseFiles(table: GoldTableName, partition: string): Promise<void> {
		const { partitions } = await (await this.lake.newest()).table(goldTables[table].name);
		await this.store.delete((partitions[partition]?.files ?? []).map(({ key }) => key));
	}

	plan(scope: Scope = everything): Promise<readonly { table: string; partition: string; reason: string }[]> {
		return this.process(async (context) => (await planAggregate(context, scope)).filter(isNamedTable));
	}

	/** What is stale, the tables of a project included. */
	planAll(): Promise<readonly { table: string; partition: string; reason: string }[]> {
		return this.process((context) => planAggregate(context));
	}

	/** The rows of a project's table, sorted by their text. */
	async ownRows(name: string): Promise<Row[]> {
		const own = this.project.goldTables.find(({ table }) => table.name === name);
		if (!own) throw new Error(`the project has no table ${name}`);
		return sorted(await this.process((context) => readRows(context, own.table)));
	}

	/** The rows of a Gold table, sorted by their text. */
	async gold(table: GoldTableName): Promise<Row[]> {
		const { duckdb, scratch } = await this.test.context.engine();
		const context = { ...this.test.context, duckdb: async () => duckdb, scratch: async () => scratch };
		return sorted(await readTable(context, goldTables[table].name));
	}

	/** The versions of a table's partitions. */
	async versions(table: string): Promise<Record<string, string>> {
		const { partitions } = await (await this.lake.newest()).table(table);
		return Object.fromEntries(Object.entries(partitions).map(([date, { version }]) => [date, version]));
	}

	/** The keys of the files that `work` reads from the store. */
	async listDownloads(scope: Scope): Promise<string[]> {
		const keys: string[] = [];
		await this.aggregate(scope, {
			hooks: {
				before: (operation, key) => {
					if (operation === 'download') keys.push(key);
				},
			},
		});
		return keys.sort();
	}

	async dispose(): Promise<void> {
		await this.test.dispose();
	}
}

/** The tables whose partitions the tests list; a table added later has tests of its own. */
const namedTables = [
	'gold_daily_sales',
	'gold_category_kpis',
	'gold_order_kpis',
	'gold_customer_daily',
	'gold_customer_value',
	'gold_inventory_health',
	'gold_event_funnel',
	'gold_user_product_interactions',
	'gold_sales_anomalies',
	'gold_live_anomalies',
];
const isNamedTable = ({ table }: { readonly table: string }): boolean => namedTables.includes(table);

async function writeSilver(
	engine: DuckDbEngine,
	snapshot: Snapshot,
	table: FileTable,
	rows: readonly Row[],
	attempt: string,
): Promise<TableManifest['partitions']> {
	const columns = [
		...table.columns,
		...(table.partition ? [{ name: table.partition.column, type: 'date' as const }] : []),
	];
	const value = (row: Row, { name, type }: (typeof columns)[number]) => {
		const given = row[name] ?? null;
		const text = (given: string) => given.split('\0').map(literal).join(' || chr(0) || ');
		return `cast(${given === null ? 'null' : text(String(given))} as ${duckdbType(type)})`;
	};
	await engine.duckdb.execute(
		`create or replace temp table silver_rows (${columns.map(({ name, type }) => `${identifier(name)} ${duckdbType(type)}`).join(', ')})`,
	);
	for (let start = 0; start < rows.length; start += 500) {
		const values = rows
			.slice(start, start + 500)
			.map((row) => `(${columns.map((column) => value(row, column)).join(', ')})`);
		await engine.duckdb.execute(`insert into silver_rows values ${values.join(', ')}`);
	}
	const column = table.partition?.column;
	const partitions = column ? [...new Set(rows.map((row) => String(row[column])))] : [whole];
	const current = (await snapshot.table(table.name)).partitions;
	const written = await writePartitions(engine, table, { from: 'silver_rows', partitions, attempt, current });
	const entries = [...written].map(async ([partition, entry]): Promise<[string, PartitionEntry]> => {
		if (table.partition) return [partition, entry];
		const names = await engine.duckdb.row(
			'select cast(sum(cast(hash(product_id, name, category) as hugeint)) as varchar) as fingerprint from silver_rows',
		);
		return [partition, { ...entry, facts: { names: String(names.fingerprint) } }];
	});
	return Object.fromEntries(await Promise.all(entries));
}
