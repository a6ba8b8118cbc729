import type { TaskContext } from '../../context';
import { datasetNames } from '../../contracts';
import type { Lake, PartitionEntry, TableManifest } from '../../lake';
import { homeless, Snapshot, whole } from '../../lake';
import type { Outcome } from '../../shared/result';
import { applyChanges, type Changes, changedPartitions } from './apply';
import { workbench } from './clean';
import type { Manifests } from './write-dataset';

/** Dates whose partitions are to be made afresh, both ends included; without them all are. */
export type Interval = { readonly from: string; readonly to: string };

/** Where Silver and what belongs to it are stored. */
const prefixes = ['silver/', 'records/', 'orphans/'];

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
	const bench = await workbench(context, lake);
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const blank = new Snapshot(lake.store, { ...newest.head, tables: {} });
		const ledger = await newest.ledger();
		const everything: Changes = Object.fromEntries(
			datasetNames.map((name) => [name, { added: Object.keys(ledger.admitted[name] ?? {}), removed: [] }]),
		);
		const readBatch = lake.batch.bind(lake);
		const fresh = await applyChanges(bench, blank, ledger, everything, { readBatch, attempt: context.run.attempt });
		const tables = await differing(newest, fresh, interval, await filesOf(lake));
		partitions = await changedPartitions(newest, tables);
		return options.dryRun || Object.keys(tables).length === 0 ? null : { tables };
	});
	const status = committed ? 'published' : options.dryRun ? 'planned' : 'unchanged';
	return { status, head: snapshot.head.number, partitions };
}

/** The tables that come out otherwise than they are, with the partitions in question replaced. */
async function differing(
	newest: Snapshot,
	fresh: Manifests,
	interval: Interval | undefined,
	files: ReadonlyMap<string, number>,
): Promise<Manifests> {
	const names = new Set([
		...Object.keys(fresh),
		...Object.keys(newest.head.tables).filter((name) => /^(silver|records|orphans)_/.test(name)),
	]);
	const within = (partition: string) =>
		!interval || partition === whole || partition === homeless || (partition >= interval.from && partition <= interval.to);
	const tables: Manifests = {};
	for (const name of names) {
		const now = await newest.table(name);
		const made = fresh[name]?.partitions ?? {};
		// Former homes stay in the index of keys; only where it is lost there is a reason to replace it.
		if (name.startsWith('keys_')) {
			if (Object.keys(now.partitions).length === 0) tables[name] = fresh[name] as TableManifest;
			continue;
		}
		const partitions = { ...now.partitions };
		let differs = false;
		for (const partition of new Set([...Object.keys(partitions), ...Object.keys(made)])) {
			if (!within(partition) || isSame(partitions[partition], made[partition], files)) continue;
			differs = true;
			delete partitions[partition];
			if (made[partition]) partitions[partition] = made[partition];
		}
		if (differs) tables[name] = { ...now, partitions };
	}
	return tables;
}

function isSame(
	now: PartitionEntry | undefined,
	made: PartitionEntry | undefined,
	files: ReadonlyMap<string, number>,
): boolean {
	if (!now || !made) return now === made;
	return (
		now.rows === made.rows &&
		now.fingerprint === made.fingerprint &&
		JSON.stringify([labelsOf(now), now.facts]) === JSON.stringify([labelsOf(made), made.facts]) &&
		now.files.every(({ key, bytes }) => files.get(key) === bytes)
	);
}

const labelsOf = ({ labels = {} }: PartitionEntry) => Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));

/** The sizes of the stored files, by key. */
async function filesOf({ store }: Lake): Promise<Map<string, number>> {
	const files = new Map<string, number>();
	for (const prefix of prefixes) {
		for await (const { key, bytes } of store.list(prefix)) files.set(key, bytes);
	}
	return files;
}
