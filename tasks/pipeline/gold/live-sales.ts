import type { Engine, Relation } from '../../engine';
import type { TableManifest } from '../../lake';
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
	const local = engine.localTime('event_time');
	// The difference of local time and UTC is whole seconds: Athena's intervals have no microseconds.
	const hour =
		timeZone === utc ? `date_trunc('hour', event_time)` : `date_trunc('hour', ${local}) - (${local} - event_time)`;
	return engine.view(`select *, ${hour} as hour from ${name}`);
}
