import { stat } from 'node:fs/promises';
import type { TaskContext } from '../../context';
import { datasetNames } from '../../contracts';
import { type ObjectStore, Snapshot } from '../../lake';
import type { Outcome } from '../../shared/result';
import { differing, type Interval } from '../differing';
import { applyChanges, type Changes, changedPartitions } from './apply';
import { workbench } from './clean';

/**
 * Makes Silver afresh from the admitted versions in Bronze, forgetting what is there. Partitions of the interval (and
 * those without a date) whose rows turn out otherwise, or whose files are lost, are replaced; where none is, nothing is
 * published. Reads every admitted batch, whatever the interval: a key can have been anywhere before.
 */
export async function rebuildSilver(
	context: TaskContext,
	interval: Interval | undefined,
	options: { dryRun?: boolean } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const made = await workbench(context, lake);
	const bench = options.dryRun ? { ...made, store: withoutUploads(made.store) } : made;
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const blank = new Snapshot(lake.store, { ...newest.head, tables: {} });
		const ledger = await newest.ledger();
		const everything: Changes = Object.fromEntries(
			datasetNames.map((name) => [name, { added: Object.keys(ledger.admitted[name] ?? {}), removed: [] }]),
		);
		const readBatch = lake.batch.bind(lake);
		const fresh = await applyChanges(bench, blank, ledger, everything, { readBatch, attempt: context.run.attempt });
		// Former homes stay in the index of keys; only where it is lost there is a reason to replace it.
		if (newest.head.tables.keys_orders !== undefined) delete fresh.keys_orders;
		const emptied = Object.keys(newest.head.tables).filter((name) => /^(silver|records|orphans)_/.test(name));
		for (const name of emptied) fresh[name] ??= { ...(await newest.table(name)), partitions: {} };
		const tables = await differing(lake, newest, fresh, interval);
		partitions = await changedPartitions(newest, tables);
		return options.dryRun || Object.keys(tables).length === 0 ? null : { tables };
	});
	const status = committed ? 'published' : options.dryRun ? 'planned' : 'unchanged';
	return { status, head: snapshot.head.number, partitions };
}

/** A store that takes files for uploaded and leaves them where they are. */
function withoutUploads(store: ObjectStore): ObjectStore {
	return Object.assign(Object.create(store) as ObjectStore, {
		upload: async (path: string) => (await stat(path)).size,
	});
}
