import { listAccounts } from '../lake';
import { recordsTable } from '../lake/layout';
import { isDate } from '../platform/dates';
import { identifier, literal } from '../platform/duckdb/quote';
import { readManifests } from './bronze-tables';
import type { DuckDbColumn, QuerySession } from './query-session';

export const batchesColumns: readonly DuckDbColumn[] = [
	['dataset', 'varchar'],
	['batch', 'varchar'],
	['as_of', 'timestamp'],
	['received', 'bigint'],
	['kept', 'bigint'],
	['duplicates', 'bigint'],
	['superseded', 'bigint'],
	['rejected', 'bigint'],
	['orphans', 'bigint'],
];

/** `lake_arrivals`: which dates the records of a batch have. */
export const arrivalsColumns: readonly DuckDbColumn[] = [
	['dataset', 'varchar'],
	['batch', 'varchar'],
	['as_of', 'timestamp'],
	['record_date', 'date'],
	['records', 'bigint'],
];

/** `lake_rejections`: how many records of a batch break a rule. */
export const rejectionsColumns: readonly DuckDbColumn[] = [
	['dataset', 'varchar'],
	['batch', 'varchar'],
	['rule', 'varchar'],
	['records', 'bigint'],
];

/** Mounts `lake_batches`: what became of the records of each batch. */
export async function mountBatches(session: QuerySession): Promise<void> {
	const { snapshot, lake } = session;
	const table = (name: string) => snapshot.table(name);
	const accounts = await listAccounts(await snapshot.ledger(), table, { datasets: lake.contracts.names });
	const rows = accounts.map(
		({ dataset, batch, as_of, received, kept, duplicates, superseded, rejected, orphans }) =>
			`(${literal(dataset)}, ${literal(batch)}, ${instant(as_of)}, ${[received, kept, duplicates, superseded, rejected, orphans].join(', ')})`,
	);
	await createTable(session, 'lake_batches', batchesColumns, rows);
}

/**
 * Mounts `lake_arrivals`: the records of each batch by their date, without rejected ones. Records that have no date, such
 * as products and lines of unknown orders, have null.
 */
export async function mountArrivals(session: QuerySession): Promise<void> {
	const { admitted } = await session.snapshot.ledger();
	const rows: string[] = [];
	for (const dataset of session.lake.contracts.names) {
		const { partitions } = await session.snapshot.table(recordsTable(dataset));
		for (const [date, { labels = {} }] of Object.entries(partitions)) {
			for (const [batch, { kept, duplicates, superseded, orphans }] of Object.entries(labels)) {
				const as_of = admitted[dataset]?.[batch]?.as_of;
				if (as_of === undefined) continue;
				rows.push(
					`(${literal(dataset)}, ${literal(batch)}, ${instant(as_of)}, ${isDate(date) ? `date ${literal(date)}` : 'null'}, ${kept + duplicates + superseded + orphans})`,
				);
			}
		}
	}
	await createTable(session, 'lake_arrivals', arrivalsColumns, rows);
}

/** Mounts `lake_rejections`: the rejected records of each admitted batch, counted by the rule that they break. */
export async function mountRejections(session: QuerySession): Promise<void> {
	const { admitted } = await session.snapshot.ledger();
	const batches = await readManifests(session, admitted, Object.keys(admitted), ({ rejected }) => rejected > 0);
	const rows = batches.flatMap(({ dataset, batch, rejected }) =>
		Object.entries(rejected).map(
			([rule, records]) => `(${literal(dataset)}, ${literal(batch)}, ${literal(rule)}, ${records})`,
		),
	);
	await createTable(session, 'lake_rejections', rejectionsColumns, rows);
}

/** SQL of an instant as a timestamp in UTC. */
const instant = (iso: string): string => `cast(cast(${literal(iso)} as timestamptz) as timestamp)`;

async function createTable(
	{ duckdb }: QuerySession,
	name: string,
	columns: readonly DuckDbColumn[],
	rows: readonly string[],
): Promise<void> {
	const declared = columns.map(([column, type]) => `${column} ${type}`).join(', ');
	await duckdb.execute(`create or replace temp table ${identifier(name)} (${declared})`);
	if (rows.length > 0) await duckdb.execute(`insert into ${identifier(name)} values ${rows.join(',\n')}`);
}
