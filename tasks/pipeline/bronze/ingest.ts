import type { TaskContext } from '../../context';
import { type Contracts, getDataset } from '../../contracts';
import {
	type BatchManifest,
	type Change,
	checkBatchFiles,
	checkOwnFields,
	DamagedObjectError,
	type Ledger,
	withIngested,
} from '../../lake';
import { mapConcurrently } from '../../platform/concurrency';
import { sumCounts } from '../../platform/counts';
import { TryAgainError } from '../../platform/errors';
import { lookUp } from '../../platform/look-up';
import type { Outcome } from '../../platform/result';
import { checkBatchId, decideAsOf } from './batch-identity';
import {
	type Buckets,
	findFiles,
	findLandedFiles,
	passedOverFields,
	passedOverWarning,
	unmatchedWarning,
} from './find-files';
import type { IngestOptions } from './ingest-options';
import { type ChosenSource, chooseSource, findSourceFiles, stageChosenSource } from './ingest-source';
import { type JudgedBatch, judgedOutcome, judgeStaged } from './judge-batch';
import { checkDateFormats, readMapping, withDecimal } from './mapping';
import { dropStagingTables } from './quarantine';
import { warnOfRepeatedProducts } from './repeated-products';
import { stageDataset } from './stage-dataset';
import type { StagedBatch } from './staged-batch';
import { uploadBatch, uploadGate } from './upload-batch';

/** Datasets that are uploaded at a time; their files share a gate. */
const parallelDatasets = 4;

/**
 * Ingests a batch of source files into Bronze, one version per dataset: records that pass the contract's own rules go to
 * Bronze, the others to quarantine. A batch with the same records and as-of as before changes nothing. Nothing is
 * published where a file can't be read (DataRefusedError) or where too many records are rejected.
 */
export async function ingestBatch(context: TaskContext, options: IngestOptions): Promise<Outcome> {
	checkBatchId(options.batch);
	const lake = await context.lake();
	const buckets = (bucket: string) => context.bucket(bucket);
	const { config, contracts } = await context.project();
	const chosen = await chooseSource(options, buckets, { ...config, contracts, timeZone: lake.timeZone });
	const input = chosen ? await planSource(context, chosen, options) : await planDatasets(context, options, buckets);
	const { passedOver } = input;
	if (input.warning !== undefined) context.log.warn(input.warning);
	const newest = await lake.newest();
	lake.checkTimeZone(newest);
	const before = await newest.ledger();
	checkOwnFields(lake.contracts, before);
	const { duckdb, scratch } = await context.engine();
	if (options.dryRun) {
		const judged: JudgedBatch[] = [];
		const { source } = await input.stage(before, 1, async (batch) => {
			judged.push(await judgeStaged(context, duckdb, batch, options.maxRejected));
		});
		return {
			...judgedOutcome(options.batch, judged),
			...(source ? { source } : {}),
			files: input.planned,
			...passedOverFields(passedOver),
		};
	}
	const { staged, source } = await input.stage(before, options.maxRejected);
	const repeated = await warnOfRepeatedProducts(context, duckdb, staged);
	await dropStagingTables(duckdb);
	const uploaded = new Map<StagedBatch, BatchManifest>();
	const { snapshot, committed } = await lake.transact(context.run, async (newest) => {
		const ledger = await newest.ledger();
		const fresh: StagedBatch[] = [];
		for (const batch of staged) if (!(await isIngested(context, ledger, batch))) fresh.push(batch);
		const gate = uploadGate();
		const manifests = await mapConcurrently(fresh, parallelDatasets, async (batch) => {
			const manifest = uploaded.get(batch) ?? (await uploadBatch(lake, batch, { scratch, gate }));
			uploaded.set(batch, manifest);
			return manifest;
		});
		return recordIngested(ledger, before, manifests, lake.contracts);
	});
	const status = committed ? 'published' : 'unchanged';
	return {
		...ingestOutcome(options.batch, staged, status, snapshot.head.number),
		...(source ? { source } : {}),
		...(repeated ? { repeated_products: repeated } : {}),
		...passedOverFields(passedOver),
	};
}

/** The input of an ingestion: its files, and how they become batches. */
interface PlannedInput {
	/** The files as a dry run shows them. */
	readonly planned: readonly Readonly<Record<string, string>>[];
	readonly passedOver: readonly string[];
	/** What to say about files that are passed over. */
	readonly warning: string | undefined;
	/**
	 * Stages the batches with the as-ofs that follow from the ledger; `source` counts the rows of an SQL source. `onStaged` is
	 * called while the table of rejected records is that of the batch.
	 */
	readonly stage: (
		before: Ledger,
		maxRejected: number,
		onStaged?: (batch: StagedBatch) => Promise<void>,
	) => Promise<{
		readonly staged: readonly StagedBatch[];
		readonly source?: Readonly<Record<string, string | number>>;
	}>;
}

/** Plans the ingestion of files that each hold records of a dataset. */
async function planDatasets(context: TaskContext, options: IngestOptions, buckets: Buckets): Promise<PlannedInput> {
	const { batch, map, decimal } = options;
	const lake = await context.lake();
	const { names } = lake.contracts;
	const mapped = map ? await readMapping(map, buckets, lake.contracts) : {};
	const mapping = decimal ? withDecimal(mapped, decimal, names) : mapped;
	const { files, passedOver } = options.sources?.length
		? await findFiles(options.sources, options.dataset, buckets, names)
		: await findLandedFiles(lake.store, context.config.bucket, batch, options.dataset ? [options.dataset] : names);
	const stage: PlannedInput['stage'] = async (before, maxRejected, onStaged) => {
		const { duckdb } = await context.engine();
		if (map) await checkDateFormats(duckdb, map, mapping);
		const staged: StagedBatch[] = [];
		for (const dataset of new Set(files.map(({ dataset }) => dataset))) {
			const asOf = decideAsOf(before, dataset, options, context.run.startedAt);
			const own = files.filter((file) => file.dataset === dataset).map((file) => ({ ...file, ...options.reading }));
			const stagedBatch = await stageDataset(context, duckdb, own, {
				...{ dataset: getDataset(lake.contracts, dataset), batch, asOf, maxRejected, mapping: mapping[dataset] },
			});
			await onStaged?.(stagedBatch);
			staged.push(stagedBatch);
		}
		return { staged };
	};
	const planned = files.map(({ location, dataset }) => ({ dataset, location }));
	return { planned, passedOver, warning: passedOverWarning(passedOver), stage };
}

/** Plans the ingestion of the files of an SQL source. */
async function planSource(context: TaskContext, chosen: ChosenSource, options: IngestOptions): Promise<PlannedInput> {
	const { files, passedOver } = await findSourceFiles(context, chosen, options);
	const stage: PlannedInput['stage'] = async (before, maxRejected, onStaged) => {
		const read = files.map((file) => ({ ...file, ...options.reading }));
		const { staged, stats } = await stageChosenSource(
			context,
			chosen,
			read,
			{ ...options, maxRejected },
			before,
			onStaged,
		);
		const { name, rows, used, unused } = stats;
		return { staged, source: { name, rows, used, unused } };
	};
	const planned = files.map(({ location, relation }) => ({ relation, location }));
	return { planned, passedOver, warning: unmatchedWarning(passedOver, chosen.source.name), stage };
}

/** Whether the lake has this very batch, intact: a lost or damaged one is ingested again as a new version. */
async function isIngested(context: TaskContext, ledger: Ledger, { manifest }: StagedBatch): Promise<boolean> {
	const { dataset, batch } = manifest;
	const former = lookUp(ledger.ingested[dataset], batch);
	if (!former || former.as_of !== manifest.as_of) return false;
	const lake = await context.lake();
	try {
		const stored = await lake.batch(dataset, batch, former.attempt);
		if (stored.fingerprint !== manifest.fingerprint || stored.time_zone !== manifest.time_zone) return false;
		await checkBatchFiles(lake, stored, await context.scratch());
		return true;
	} catch (error) {
		if (!(error instanceof DamagedObjectError)) throw error;
		context.log.warn(`${error.key} ${error.difference}: ${dataset} of batch ${batch} is ingested again.`);
		return false;
	}
}

/** The newest ledger with the batch's new versions; null where there are none. `before` is the ledger they were staged with. */
function recordIngested(
	ledger: Ledger,
	before: Ledger,
	manifests: readonly BatchManifest[],
	contracts: Contracts,
): Change | null {
	if (manifests.length === 0) return null;
	let recorded = ledger;
	for (const manifest of manifests) {
		const { dataset, batch, as_of } = manifest;
		const meanwhile = lookUp(ledger.ingested[dataset], batch);
		if (
			meanwhile &&
			meanwhile.attempt !== lookUp(before.ingested[dataset], batch)?.attempt &&
			meanwhile.as_of !== as_of
		) {
			throw new TryAgainError(
				`Batch ${batch} of ${dataset} was ingested by another run in the meantime, with the as-of ${meanwhile.as_of} instead of ${as_of}. Nothing is published; run this again.`,
			);
		}
		recorded = withIngested(recorded, manifest, contracts);
	}
	return { ledger: recorded };
}

function ingestOutcome(batch: string, staged: readonly StagedBatch[], status: string, head: number): Outcome {
	const datasetsOfBatch = staged.map(({ manifest: { dataset, received, rejected, as_of } }) => ({
		dataset,
		as_of,
		received,
		rejected: sumCounts(rejected),
		rejected_by_rule: rejected,
	}));
	const readAs = staged.flatMap(({ manifest: { dataset, sources } }) =>
		sources.flatMap(({ name, encoding, delimiter, layout, sheet }) =>
			encoding || delimiter || layout || sheet ? [{ dataset, file: name, encoding, delimiter, layout, sheet }] : [],
		),
	);
	const sum = (name: 'received' | 'rejected') => datasetsOfBatch.reduce((total, row) => total + row[name], 0);
	return {
		status,
		batch,
		head,
		received: sum('received'),
		rejected: sum('rejected'),
		datasets: datasetsOfBatch,
		...(readAs.length > 0 ? { read_as: readAs } : {}),
	};
}
