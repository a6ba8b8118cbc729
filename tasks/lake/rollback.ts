import { lookUp } from '../platform/look-up';
import { DamagedObjectError } from './damage';
import { type Lake, type Run, type Snapshot, timeZoneOf } from './lake';
import { isServing } from './layout';
import type { Ledger, TableManifest } from './model';

/**
 * Restores the content of head `number` as a new head. `carried` tables, and those of what is in DynamoDB, describe the
 * world outside the lake and stay as they are now. Batches that the old head had not admitted, or had in another version, are left out: they show as missing,
 * and are admitted again only by name. The zone of the days is that of the head, too. Also works if the newest head or its ledger is lost or damaged. Throws UsageError
 * if that head no longer exists.
 */
export async function rollback(lake: Lake, run: Run, number: number, carried: readonly string[]): Promise<Snapshot> {
	const evenIfDamaged = true;
	const isCarried = (name: string) => carried.includes(name) || isServing(name);
	const work = async (newest: Snapshot) => {
		const target = await lake.at(number, { evenIfDamaged });
		const tables: Record<string, TableManifest | null> = {};
		for (const name of Object.keys(newest.head.tables)) if (!isCarried(name)) tables[name] = null;
		for (const name of Object.keys(target.head.tables)) {
			if (!isCarried(name)) tables[name] = await target.table(name);
		}
		const then = await target.ledger();
		// If the newest ledger is lost, so are its later batches: they can be ingested again.
		const now = await newest.ledger().catch((error) => {
			if (error instanceof DamagedObjectError) return then;
			throw error;
		});
		return { tables, ledger: restored(now, then), restored: number, timeZone: timeZoneOf(target.head) };
	};
	const { snapshot } = await lake.transact(run, work, { evenIfDamaged, inAnyTimeZone: true });
	return snapshot;
}

function restored(now: Ledger, then: Ledger): Ledger {
	const leftOut: Ledger['left_out'] = {};
	for (const dataset of Object.keys(now.ingested)) {
		const out = Object.entries(now.ingested[dataset] ?? {})
			.filter(([batch, version]) => {
				const known =
					lookUp(now.admitted[dataset], batch) !== undefined || now.left_out[dataset]?.includes(batch) === true;
				return known && lookUp(then.admitted[dataset], batch)?.attempt !== version.attempt;
			})
			.map(([batch]) => batch);
		if (out.length > 0) leftOut[dataset] = out.sort();
	}
	return { ...now, admitted: then.admitted, left_out: leftOut };
}
