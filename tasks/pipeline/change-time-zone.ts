import type { TaskContext } from '../context';
import { type Contracts, getDataset, hasTimes } from '../contracts';
import type { Lake, Ledger } from '../lake';
import { TryAgainError } from '../platform/errors';
import { listOutdatedBatches, type RetypedBatches, recordRetyped } from './bronze';
import { admitAgain } from './silver';

/** The names of the datasets with dates or times. */
const listDated = (contracts: Contracts): string[] =>
	contracts.names.filter((name) => hasTimes(getDataset(contracts, name)));

/**
 * Changes the lake to the days of the process's time zone: records the batches that were typed by them, and recomputes
 * Silver from these, in one commit. No state of the lake has days of two zones. A batch that waits to be admitted in a
 * newer version is admitted in it. Returns the names of the batches. Throws TryAgainError if another batch was ingested in
 * the meantime.
 */
export async function changeTimeZone(context: TaskContext, batches: RetypedBatches): Promise<string[]> {
	const lake = await context.lake();
	const engine = await context.engine();
	let retyped: string[] = [];
	await lake.transact(
		context.run,
		async (snapshot) => {
			const recorded = recordRetyped(await snapshot.ledger(), batches, lake.contracts);
			retyped = recorded.retyped;
			checkAllRetyped(recorded.ledger, lake);
			const change = await admitAgain(
				engine,
				snapshot,
				recorded.ledger,
				listDated(lake.contracts),
				lake,
				context.run.attempt,
			);
			return { ...change, timeZone: lake.timeZone };
		},
		{ inAnyTimeZone: true },
	);
	return retyped;
}

function checkAllRetyped(ledger: Ledger, lake: Lake): void {
	const [outdated] = listOutdatedBatches(ledger, lake);
	if (outdated === undefined) return;
	throw new TryAgainError(
		`The batch ${outdated} was ingested while the time zone was being changed. Nothing is published; run this again.`,
	);
}
