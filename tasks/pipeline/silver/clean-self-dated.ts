import type { DatedDataset } from '../../contracts';
import type { BatchChanges } from './batch-changes';
import {
	addNewRecords,
	addStoredRecords,
	createCandidates,
	datedCandidates,
	listPartitions,
	partitionsHolding,
} from './candidates';
import { resolveSelfDated } from './resolve-versions';
import { type Manifests, type SilverRun, scoped } from './silver-run';
import { versionHistory } from './tables';
import { writeDataset } from './write-dataset';

/** Updates a dataset whose records have their date in their key, as events do: such a record never moves. */
export const cleanSelfDated = (parent: SilverRun, dataset: DatedDataset, changes: BatchChanges): Promise<Manifests> =>
	scoped(parent, async (run) => {
		const { engine, snapshot } = run;
		const stored = (await snapshot.table(versionHistory(dataset).name)).partitions;
		const candidates = await createCandidates(engine, dataset);
		const asCandidates = datedCandidates(engine, dataset);
		await addNewRecords(run, candidates, changes, asCandidates);
		const holding = await partitionsHolding(run, dataset, changes.removed);
		const partitions = [...new Set([...holding, ...(await listPartitions(engine, candidates))])].sort();
		const load = partitions.filter((partition) => stored[partition]);
		await addStoredRecords(run, candidates, dataset, load, changes, asCandidates);
		const outcomes = await resolveSelfDated(engine, dataset, candidates);
		return writeDataset(run, dataset, outcomes, { partitions, ranks: changes.ranks });
	});
