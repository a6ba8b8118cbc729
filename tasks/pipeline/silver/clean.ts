import type { TaskContext } from '../../context';
import { type Contracts, type DatasetName, getDataset, isSealedBatchId } from '../../contracts';
import type { Engine } from '../../engine';
import { type Change, isTypedIn, type Lake, type Ledger, listAccounts, type Snapshot } from '../../lake';
import { DataRefusedError, NoInputError } from '../../platform/errors';
import { lookUp } from '../../platform/look-up';
import type { Outcome } from '../../platform/result';
import { utc } from '../../platform/time-zone';
import { countAttempts } from '../count-attempts';
import { applyChanges, type Changes, changedPartitions } from './apply-changes';

/**
 * The batches to admit: named ones, all whose ids are dates of an interval (both ends included), or all sealed batches of
 * the streams that are not admitted yet.
 */
export type BatchScope =
	| { readonly batches: readonly string[] }
	| { readonly from: string; readonly to: string }
	| { readonly sealed: true };

/** A batch of a dataset that `clean` would admit, and why. */
export interface Admission {
	readonly dataset: DatasetName;
	readonly batch: string;
	readonly reason: 'new' | 'ingested again';
}

/**
 * Admits batches into Silver, each in its newest ingested version, which replaces the version admitted before.
 * Throws NoInputError where a batch has not been ingested.
 */
export async function clean(
	context: TaskContext,
	scope: BatchScope,
	options: { dryRun?: boolean; openEngine?: (() => Promise<Engine>) | undefined } = {},
): Promise<Outcome> {
	const lake = await context.lake();
	if (options.dryRun) {
		const ledger = await (await lake.newest()).ledger();
		return {
			status: 'planned',
			admissions: listAdmissions(ledger, listBatches(ledger, scope, lake.contracts), lake.contracts),
		};
	}
	const engine = await (options.openEngine?.() ?? context.engine());
	const nextAttempt = countAttempts(context.run.attempt);
	let batches: string[] = [];
	let partitions: string[] = [];
	const { snapshot, committed } = await lake.transact(context.run, async (snapshot) => {
		const ledger = await snapshot.ledger();
		batches = listBatches(ledger, scope, lake.contracts);
		const admissions = listAdmissions(ledger, batches, lake.contracts);
		const admitted = withAdmitted(ledger, admissions);
		if (admissions.length === 0) return null;
		checkTimeZones(ledger, admissions, lake);
		const change = await computeChange(
			engine,
			snapshot,
			admitted,
			listChanges(ledger, admissions),
			lake,
			nextAttempt(),
		);
		partitions = await changedPartitions(snapshot, change.tables);
		return change;
	});
	return {
		status: committed ? 'published' : 'unchanged',
		batch: batches.length === 1 ? (batches[0] as string) : null,
		head: snapshot.head.number,
		partitions,
		...(await sumAccounts(snapshot, batches, lake.contracts)),
	};
}

/** Computes the commit for some changes of admitted batches. */
export async function computeChange(
	engine: Engine,
	snapshot: Snapshot,
	ledger: Ledger,
	changes: Changes,
	lake: Lake,
	attempt: string,
): Promise<Change & { tables: NonNullable<Change['tables']> & Awaited<ReturnType<typeof applyChanges>> }> {
	const readBatch = lake.batch.bind(lake);
	return {
		ledger,
		tables: await applyChanges(engine, snapshot, ledger, changes, { readBatch, attempt, contracts: lake.contracts }),
	};
}

/** Computes the commit that admits all admitted batches of some datasets anew, in their newest versions. */
export async function admitAgain(
	engine: Engine,
	snapshot: Snapshot,
	ledger: Ledger,
	datasets: readonly DatasetName[],
	lake: Lake,
	attempt: string,
): ReturnType<typeof computeChange> {
	const admissions = datasets.flatMap((dataset) =>
		Object.keys(ledger.admitted[dataset] ?? {}).map(
			(batch): Admission => ({ dataset, batch, reason: 'ingested again' }),
		),
	);
	const changes = listChanges(ledger, admissions);
	return computeChange(engine, snapshot, withAdmitted(ledger, admissions), changes, lake, attempt);
}

/** Sealed batches that are not admitted in their newest version, except those left out on purpose. */
export function waitingBatches(ledger: Ledger, contracts: Contracts): string[] {
	const sealed = listIngested(ledger, contracts).filter((batch) => isSealedBatchId(batch));
	const waiting = listAdmissions(ledger, sealed, contracts).filter(
		({ dataset, batch }) => !ledger.left_out[dataset]?.includes(batch),
	);
	return [...new Set(waiting.map(({ batch }) => batch))].sort();
}

function listBatches(ledger: Ledger, scope: BatchScope, contracts: Contracts): string[] {
	if ('sealed' in scope) return waitingBatches(ledger, contracts);
	const ingested = listIngested(ledger, contracts);
	if ('batches' in scope) {
		for (const batch of scope.batches) {
			if (!ingested.includes(batch)) {
				throw new NoInputError(`Batch ${batch} has not been ingested. Run 'shoplake ingest --batch ${batch}' first.`);
			}
		}
		return [...new Set(scope.batches)];
	}
	const leftOut = new Set(Object.values(ledger.left_out).flat());
	const dates = ingested.filter((batch) => /^\d{4}-\d\d-\d\d$/.test(batch) && batch >= scope.from && batch <= scope.to);
	if (dates.length === 0) {
		throw new NoInputError(
			`No batch from ${scope.from} to ${scope.to} has been ingested. Run 'shoplake ingest' first.`,
		);
	}
	return dates.filter((batch) => !leftOut.has(batch)).sort();
}

/** The ids of the batches of these datasets, in order. */
export const listIngested = ({ ingested }: Ledger, { names }: Contracts): string[] =>
	[...new Set(names.flatMap((dataset) => Object.keys(ingested[dataset] ?? {})))].sort();

/** The versions of these batches that are ingested but not admitted. */
export function listAdmissions(ledger: Ledger, batches: readonly string[], { names }: Contracts): Admission[] {
	return names.flatMap((dataset) =>
		batches.flatMap((batch): Admission[] => {
			const ingested = lookUp(ledger.ingested[dataset], batch);
			const admitted = lookUp(ledger.admitted[dataset], batch);
			if (!ingested || ingested.attempt === admitted?.attempt) return [];
			return [{ dataset, batch, reason: admitted ? 'ingested again' : 'new' }];
		}),
	);
}

/** Throws DataRefusedError where a batch was typed by the days of another time zone, as after a rollback. */
function checkTimeZones(ledger: Ledger, admissions: readonly Admission[], { contracts, timeZone }: Lake): void {
	for (const { dataset, batch } of admissions) {
		const version = lookUp(ledger.ingested[dataset], batch);
		if (!version || isTypedIn(getDataset(contracts, dataset), version, timeZone)) continue;
		throw new DataRefusedError(
			`Batch ${batch} of ${dataset} was typed by the days of ${version.time_zone ?? utc}, and those of the lake are in ${timeZone}. Nothing is published. 'shoplake rebuild --retype' types it again.`,
		);
	}
}

function withAdmitted(ledger: Ledger, admissions: readonly Admission[]): Ledger {
	const admitted: Ledger['admitted'] = { ...ledger.admitted };
	const leftOut: Ledger['left_out'] = { ...ledger.left_out };
	for (const { dataset, batch } of admissions) {
		const version = lookUp(ledger.ingested[dataset], batch);
		if (version) admitted[dataset] = { ...admitted[dataset], [batch]: version };
		if (leftOut[dataset]?.includes(batch)) leftOut[dataset] = leftOut[dataset].filter((other) => other !== batch);
	}
	return { ...ledger, admitted, left_out: leftOut };
}

function listChanges(ledger: Ledger, admissions: readonly Admission[]): Changes {
	const changes: { [D in DatasetName]?: { added: string[]; removed: string[] } } = {};
	for (const { dataset, batch } of admissions) {
		const change = changes[dataset] ?? { added: [], removed: [] };
		changes[dataset] = change;
		change.added.push(batch);
		if (lookUp(ledger.admitted[dataset], batch)) change.removed.push(batch);
	}
	return changes;
}

/** The accounts of some batches: their sums, and one per dataset and batch. */
async function sumAccounts(
	snapshot: Snapshot,
	batches: readonly string[],
	{ names }: Contracts,
): Promise<Partial<Outcome>> {
	const table = (name: string) => snapshot.table(name);
	const all = await listAccounts(await snapshot.ledger(), table, { datasets: names });
	const accounts = all.filter(({ batch }) => batches.includes(batch));
	const sum = (label: 'received' | 'kept' | 'duplicates' | 'superseded' | 'rejected' | 'orphans') =>
		accounts.reduce((total, one) => total + one[label], 0);
	return {
		received: sum('received'),
		kept: sum('kept'),
		duplicates: sum('duplicates'),
		superseded: sum('superseded'),
		rejected: sum('rejected'),
		orphans: sum('orphans'),
		datasets: accounts,
	};
}
