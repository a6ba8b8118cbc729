import type { TaskContext } from '../../tasks/context';
import { tables } from '../../tasks/contracts';
import { type Ledger, newAttempt, type TableManifest } from '../../tasks/lake';
import { duckdbType } from '../../tasks/lake/partitions';
import { writePartitions } from '../../tasks/lake/write-partitions';
import { identifier } from '../../tasks/platform/duckdb/quote';
import { listOwnTables } from '../../tasks/project/project';

/** One table's part of a commit: rows as an SQL select, and partitions to drop. */
export interface TableChange {
	/** All columns of the table, its partition column included; the partitions that occur are replaced. */
	readonly rows?: string;
	readonly drop?: readonly string[];
}

/**
 * Commits one head that changes some Silver and Gold tables, without the pipeline: for tests of what reads a lake.
 * Returns the head's number.
 */
export async function publish(
	context: TaskContext,
	changes: Readonly<Record<string, TableChange>>,
	ledger?: Ledger,
): Promise<number> {
	const lake = await context.lake();
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	const own = listOwnTables(await context.project());
	const attempt = newAttempt();
	const newest = await lake.newest();
	const changed: Record<string, TableManifest> = {};
	for (const [name, { rows, drop = [] }] of Object.entries(changes)) {
		const table = [...tables, ...own].find((known) => known.name === name);
		if (!table) throw new Error(`there is no table ${name}`);
		const before = await newest.table(name);
		const partitions = Object.fromEntries(Object.entries(before.partitions).filter(([value]) => !drop.includes(value)));
		if (rows !== undefined) {
			const typed = table.columns.map(({ name, type }) => `cast(${name} as ${duckdbType(type)}) as ${name}`);
			if (table.partition) typed.push(`cast(${table.partition.column} as date) as ${table.partition.column}`);
			await duckdb.execute(`create or replace temp table new_rows as select ${typed.join(', ')} from (${rows})`);
			const column = table.partition ? identifier(table.partition.column) : `'all'`;
			const values = await duckdb.rows(`select distinct cast(${column} as varchar) as value from new_rows`);
			const written = await writePartitions({ store: lake.store, duckdb, scratch }, table, {
				from: 'new_rows',
				partitions: values.map(({ value }) => String(value)),
				attempt,
			});
			Object.assign(partitions, Object.fromEntries(written));
		}
		changed[name] = { ...before, partitions };
	}
	const { snapshot } = await lake.transact({ ...context.run, attempt }, async () => ({
		tables: changed,
		...(ledger ? { ledger } : {}),
	}));
	return snapshot.head.number;
}
