import type { TaskContext } from '../../context';
import type { Engine } from '../../engine';
import { emptyTable, isWrittenBy, keysTable, recordsTable, Snapshot, type TableManifest } from '../../lake';
import { type Interval, selectChangedTables } from '../../lake/changed-tables';
import { isIntact } from '../../lake/check-file';
import type { EngineResources } from '../../lake/partitions';
import type { Outcome } from '../../platform/result';
import { countAttempts } from '../count-attempts';
import { applyChanges, type Changes, changedPartitions } from './apply-changes';

/**
 * Recomputes Silver from the admitted batch versions in Bronze, ignoring what is there. Replaces partitions of the interval
 * (and those without a date) whose rows differ, or whose files are lost or damaged; a table whose manifest is lost or
 * damaged is replaced as a whole. Publishes nothing where everything is correct. Reads every admitted batch, also for a
 * short interval: a key can have been anywhere before. Throws DamagedObjectError where Bronze is not what was ingested.
 */
export async function rebuildSilver(
	context: TaskContext,
	interval: Interval | undefined,
	options: { dryRun?: boolean; openEngine?: (() => Promise<Engine>) | undefined } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	const resources = await context.engine();
	const given = await (options.openEngine?.() ?? context.engine());
	const engine = options.dryRun ? given.withoutUploads() : given;
	const nextAttempt = countAttempts(context.run.attempt);
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const blank = new Snapshot(lake.store, { ...newest.head, tables: {} });
		const ledger = await newest.ledger();
		const everything: Changes = Object.fromEntries(
			lake.contracts.names.map((name) => [name, { added: Object.keys(ledger.admitted[name] ?? {}), removed: [] }]),
		);
		const readBatch = lake.batch.bind(lake);
		const fresh = await applyChanges(engine, blank, ledger, everything, {
			...{ readBatch, attempt: nextAttempt(), contracts: lake.contracts },
		});
		// Datasets of a project that is not here are left as they are.
		const unknown = Object.keys(ledger.admitted).filter((name) => !lake.contracts.names.includes(name));
		const left = unknown.flatMap((name) => [`silver_${name}`, recordsTable(name)]);
		const own = Object.keys(newest.head.tables).filter((name) => isWrittenBy('clean', name) && !left.includes(name));
		const { snapshot: sound, damaged } = await newest.withoutDamaged(own);
		for (const name of own) fresh[name] ??= { ...(await sound.table(name)), partitions: {} };
		const { [keys]: freshKeys = emptyTable(keys), ...others } = fresh;
		const tables = await selectChangedTables(sound, others, interval, (entry) => isIntact(resources, entry));
		// A lost table has no partitions to keep.
		for (const name of damaged) tables[name] = fresh[name] ?? emptyTable(name);
		// The key index keeps former dates, so it is replaced only where it is lost.
		const hasKeys = newest.head.tables[keys] !== undefined;
		const areKeysIntact = hasKeys && (await isTableIntact(resources, await sound.table(keys)));
		if (!areKeysIntact && (hasKeys || fresh[keys])) tables[keys] = freshKeys;
		partitions = await changedPartitions(sound, tables);
		return options.dryRun || Object.keys(tables).length === 0 ? null : { tables };
	});
	const status = committed ? 'published' : options.dryRun ? 'planned' : 'unchanged';
	return { status, head: snapshot.head.number, partitions };
}

const keys = keysTable('orders');

async function isTableIntact(resources: EngineResources, { partitions }: TableManifest): Promise<boolean> {
	for (const entry of Object.values(partitions)) if (!(await isIntact(resources, entry))) return false;
	return true;
}
