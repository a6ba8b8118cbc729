import type { TaskContext } from '../../context';
import { type DatasetName, datasetNames } from '../../contracts';
import type { Ledger } from '../../lake';
import { NoInputError } from '../../shared/errors';
import { lookUp } from '../../shared/look-up';
import type { Outcome } from '../../shared/result';
import { type Changes, changedPartitions } from './apply';
import { changeOf, workbench } from './clean';

/**
 * Takes a batch out of Silver again, as if it had never been admitted. Its Bronze stays: `clean --batch` admits it
 * again. Throws NoInputError where the batch is not admitted.
 */
export async function withdraw(
	context: TaskContext,
	options: { batch: string; dataset?: DatasetName; dryRun?: boolean },
): Promise<Outcome> {
	const { batch } = options;
	const lake = await context.lake();
	const admittedIn = (ledger: Ledger) =>
		datasetNames.filter(
			(name) => lookUp(ledger.admitted[name], batch) && (options.dataset === undefined || options.dataset === name),
		);
	const check = (names: readonly DatasetName[]) => {
		if (names.length > 0) return;
		throw new NoInputError(`Batch ${batch} is not admitted; there is nothing to withdraw. See 'shoplake status'.`);
	};
	if (options.dryRun) {
		const names = admittedIn(await (await lake.newest()).ledger());
		check(names);
		return { status: 'planned', batch, datasets: names };
	}
	const bench = await workbench(context, lake);
	let withdrawn: DatasetName[] = [];
	let partitions: string[] = [];
	const { snapshot } = await lake.transact(context.run, async (snapshot) => {
		const ledger = await snapshot.ledger();
		withdrawn = admittedIn(ledger);
		check(withdrawn);
		const changes: Changes = Object.fromEntries(withdrawn.map((name) => [name, { added: [], removed: [batch] }]));
		const change = await changeOf(
			bench,
			snapshot,
			without(ledger, withdrawn, batch),
			changes,
			lake,
			context.run.attempt,
		);
		partitions = await changedPartitions(snapshot, change.tables);
		return change;
	});
	return { status: 'published', batch, head: snapshot.head.number, datasets: withdrawn, partitions };
}

function without(ledger: Ledger, names: readonly DatasetName[], batch: string): Ledger {
	const admitted = { ...ledger.admitted };
	const leftOut = { ...ledger.left_out };
	for (const name of names) {
		const { [batch]: _, ...others } = admitted[name] ?? {};
		admitted[name] = others;
		leftOut[name] = [...new Set([...(leftOut[name] ?? []), batch])].sort();
	}
	return { ...ledger, admitted, left_out: leftOut };
}
