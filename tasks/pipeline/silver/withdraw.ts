import type { TaskContext } from '../../context';
import type { DatasetName } from '../../contracts';
import { checkBatchFiles, DamagedObjectError, type Lake, type Ledger } from '../../lake';
import { NoInputError } from '../../platform/errors';
import { lookUp } from '../../platform/look-up';
import type { Outcome } from '../../platform/result';
import { countAttempts } from '../count-attempts';
import { type Changes, changedPartitions } from './apply-changes';
import { computeChange } from './clean';

/**
 * Removes a batch from Silver, as if it had never been admitted. Its Bronze stays: `clean --batch` admits it again. Where
 * its Bronze is lost or damaged, the lake forgets the batch until it is ingested again. Throws NoInputError where the batch
 * is neither admitted nor damaged.
 */
export async function withdraw(
	context: TaskContext,
	options: { batch: string; dataset?: DatasetName; dryRun?: boolean },
): Promise<Outcome> {
	const { batch } = options;
	const lake = await context.lake();
	const wanted = lake.contracts.names.filter((name) => options.dataset === undefined || options.dataset === name);
	const admittedIn = (ledger: Ledger) => wanted.filter((name) => lookUp(ledger.admitted[name], batch));
	const check = (...names: readonly (readonly DatasetName[])[]) => {
		if (names.flat().length > 0) return;
		throw new NoInputError(`Batch ${batch} is not admitted; there is nothing to withdraw. See 'shoplake status'.`);
	};
	if (options.dryRun) {
		const ledger = await (await lake.newest()).ledger();
		const forgotten = await damagedIn(lake, ledger, wanted, batch, await context.scratch());
		check(admittedIn(ledger), forgotten);
		return { status: 'planned', batch, datasets: admittedIn(ledger), forgotten };
	}
	const engine = await context.engine();
	const nextAttempt = countAttempts(context.run.attempt);
	let withdrawn: DatasetName[] = [];
	let forgotten: DatasetName[] = [];
	let partitions: string[] = [];
	const { snapshot } = await lake.transact(context.run, async (snapshot) => {
		const ledger = await snapshot.ledger();
		withdrawn = admittedIn(ledger);
		forgotten = await damagedIn(lake, ledger, wanted, batch, engine.scratch);
		check(withdrawn, forgotten);
		const after = without(ledger, { withdrawn, forgotten }, batch);
		if (withdrawn.length === 0) return { ledger: after };
		const changes: Changes = Object.fromEntries(withdrawn.map((name) => [name, { added: [], removed: [batch] }]));
		const change = await computeChange(engine, snapshot, after, changes, lake, nextAttempt());
		partitions = await changedPartitions(snapshot, change.tables);
		return change;
	});
	return { status: 'published', batch, head: snapshot.head.number, datasets: withdrawn, forgotten, partitions };
}

/** The datasets of a batch whose ingested version is lost or damaged. */
async function damagedIn(
	lake: Lake,
	ledger: Ledger,
	names: readonly DatasetName[],
	batch: string,
	scratch: string,
): Promise<DatasetName[]> {
	const damaged: DatasetName[] = [];
	for (const dataset of names) {
		const version = lookUp(ledger.ingested[dataset], batch);
		if (!version) continue;
		try {
			await checkBatchFiles(lake, await lake.batch(dataset, batch, version.attempt), scratch);
		} catch (error) {
			if (!(error instanceof DamagedObjectError)) throw error;
			damaged.push(dataset);
		}
	}
	return damaged;
}

function without(
	ledger: Ledger,
	{ withdrawn, forgotten }: Readonly<Record<'withdrawn' | 'forgotten', readonly DatasetName[]>>,
	batch: string,
): Ledger {
	const [ingested, admitted, leftOut] = [{ ...ledger.ingested }, { ...ledger.admitted }, { ...ledger.left_out }];
	for (const name of withdrawn) {
		const { [batch]: _, ...others } = admitted[name] ?? {};
		admitted[name] = others;
		leftOut[name] = [...new Set([...(leftOut[name] ?? []), batch])].sort();
	}
	for (const name of forgotten) {
		const { [batch]: _, ...others } = ingested[name] ?? {};
		ingested[name] = others;
		leftOut[name] = (leftOut[name] ?? []).filter((other) => other !== batch);
	}
	return { ...ledger, ingested, admitted, left_out: leftOut };
}
