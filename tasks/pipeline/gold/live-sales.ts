import type { Engine, Relation } from '../../engine';
import type { TableManifest } from '../../lake';
import { localTimeSql } from '../../platform/duckdb/zone-sql';
import { utc } from '../../platform/time-zone';
import { silverTables } from './sources';

/**
 * Attaches the live sales of some dates, with `hour`: the start of the hour that a sale is in, UTC. In a zone an hour begins
 * on the hour of its local time, so that each belongs to one date. In Kathmandu, for example, it begins a quarter past the
 * hour of UTC.
 */
export async function attachLiveSales(
	engine: Engine,
	manifest: TableManifest,
	dates: readonly string[],
	timeZone: string,
): Promise<Relation> {
	const { name } = await engine.attach(silverTables.gadget_sales, manifest, dates);
	const local = localTimeSql(timeZone, 'event_time');
	const hour =
		timeZone === utc ? `date_trunc('hour', event_time)` : `event_time - (${local} - date_trunc('hour', ${local}))`;
	return engine.view(`select *, ${hour} as hour from ${name}`);
}
