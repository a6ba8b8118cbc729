import { stat } from 'node:fs/promises';
import type { TaskContext } from '../../context';
import { datasetNames } from '../../contracts';
import { Engine } from '../../engine';
import { emptyTable, isWrittenBy, keysTable, type ObjectStore, Snapshot, type TableManifest } from '../../lake';
import { type Interval, selectChangedTables } from '../../lake/changed-tables';
import { isIntact } from '../../lake/check-file';
import type { Outcome } from '../../platform/result';
import { applyChanges, type Changes, changedPartitions } from './apply-changes';

/**
 * Makes Silver afresh from the admitted versions in Bronze, forgetting what is there. Partitions of the interval (and
 * those without a date) whose rows turn out otherwise, or whose files are lost or damaged, are replaced, and tables whose
 * manifest is, as a whole; where none is, nothing is published. Reads every admitted batch, whatever the interval: a key
 * can have been anywhere before. Throws DamagedObjectError where Bronze is not what was ingested.
 */
export async function rebuildSilver(
	context: TaskContext,
	interval: Interval | undefined,
	options: { dryRun?: boolean } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const given = await context.engine();
	const engine = options.dryRun ? new Engine(withoutUploads(given.store), given.duckdb, given.scratch) : given;
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const blank = new Snapshot(lake.store, { ...newest.head, tables: {} });
		const ledger = await newest.ledger();
		const everything: Changes = Object.fromEntries(
			datasetNames.map((name) => [name, { added: Object.keys(ledger.admitted[name] ?? {}), removed: [] }]),
		);
		const readBatch = lake.batch.bind(lake);
		const fresh = await applyChanges(engine, blank, ledger, everything, { readBatch, attempt: context.run.attempt });
		const own = Object.keys(newest.head.tables).filter((name) => isWrittenBy('clean', name));
		const { snapshot: sound, damaged } = await newest.withoutDamaged(own);
		for (const name of own) fresh[name] ??= { ...(await sound.table(name)), partitions: {} };
		const { [keys]: freshKeys = emptyTable(keys), ...others } = fresh;
		const tables = await selectChangedTables(sound, others, interval, (entry) => isIntact(engine, entry));
		// A table that is lost has no partitions that could stay as they are.
		for (const name of damaged) tables[name] = fresh[name] ?? emptyTable(name);
		// Former homes stay in the index of keys; only where it is lost there is a reason to replace it.
		const hasKeys = newest.head.tables[keys] !== undefined;
		const areKeysIntact = hasKeys && (await isTableIntact(engine, await sound.table(keys)));
		if (!areKeysIntact && (hasKeys || fresh[keys])) tables[keys] = freshKeys;
		partitions = await changedPartitions(sound, tables);
		return options.dryRun || Object.keys(tables).length === 0 ? null : { tables };
	});
	const status = committed ? 'published' : options.dryRun ? 'planned' : 'unchanged';
	return { status, head: snapshot.head.number, partitions };
}

const keys = keysTable('orders');

async function isTableIntact(engine: Engine, { partitions }: TableManifest): Promise<boolean> {
	for (const entry of Object.values(partitions)) if (!(await isIntact(engine, entry))) return false;
	return true;
}

/** A store that takes files for uploaded and leaves them where they are. */
function withoutUploads(store: ObjectStore): ObjectStore {
	return Object.assign(Object.create(store) as ObjectStore, {
		upload: async (path: string) => (await stat(path)).size,
	});
}
