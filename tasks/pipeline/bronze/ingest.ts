import type { TaskContext } from '../../context';
import type { DatasetName } from '../../contracts';
import {
	type BatchManifest,
	type Change,
	checkBatchFiles,
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
import type { DecimalSign } from './decimal-texts';
import { findFiles, findLandedFiles, passedOverFields, passedOverWarning } from './find-files';
import { type JudgedBatch, judgedOutcome, judgeStaged } from './judge-batch';
import { checkDateFormats, readMapping, withDecimal } from './mapping';
import { dropStagingTables } from './quarantine';
import type { Reading } from './reading';
import { warnOfRepeatedProducts } from './repeated-products';
import { stageDataset } from './stage-dataset';
import type { StagedBatch } from './staged-batch';
import { uploadBatch, uploadGate } from './upload-batch';

/** Datasets that are uploaded at a time; their files share a gate. */
const parallelDatasets = 4;

export interface IngestOptions {
	readonly batch: string;
	/** Files, folders or `s3://` prefixes; without them the batch's landing zone. */
	readonly sources?: readonly string[];
	/** The dataset of all files; without it each file's name says it. */
	readonly dataset?: DatasetName;
	/** The as-of of the batch: a date or an instant. */
	readonly asOf?: string;
	/** A mapping file: its path, or `s3://bucket/key`. */
	readonly map?: string;
	/** How all files are read; by default each file says it. */
	readonly reading?: Reading;
	/** What stands before the decimal places of numbers, where the mapping does not say it; a point by default. */
	readonly decimal?: DecimalSign;
	/** The largest share of rejected records, 0 to 1, with which a dataset is accepted. */
	readonly maxRejected: number;
	readonly dryRun?: boolean;
}

/**
 * Ingests a batch of source files into Bronze, one version per dataset: records that pass the contract's own rules go to
 * Bronze, the others to quarantine. A batch with the same records and as-of as before changes nothing. Nothing is
 * published where a file can't be read (DataRefusedError) or where too many records are rejected.
 */
export async function ingestBatch(context: TaskContext, options: IngestOptions): Promise<Outcome> {
	checkBatchId(options.batch);
	const lake = await context.lake();
	const buckets = (bucket: string) => context.bucket(bucket);
	const mapped = options.map ? await readMapping(options.map, buckets) : {};
	const mapping = options.decimal ? withDecimal(mapped, options.decimal) : mapped;
	const { files, passedOver } = options.sources?.length
		? await findFiles(options.sources, options.dataset, buckets)
		: await findLandedFiles(lake.store, context.config.bucket, options.batch, options.dataset);
	const warning = passedOverWarning(passedOver);
	if (warning) context.log.warn(warning);
	const named = [...new Set(files.map(({ dataset }) => dataset))];
	const before = await (await lake.newest()).ledger();
	const { duckdb, scratch } = await context.engine();
	if (options.map) await checkDateFormats(duckdb, options.map, mapping);
	const stageNamed = (dataset: DatasetName, maxRejected: number): Promise<StagedBatch> => {
		const asOf = decideAsOf(before, dataset, options, context.run.startedAt);
		const own = files.filter((file) => file.dataset === dataset).map((file) => ({ ...file, ...options.reading }));
		const { batch } = options;
		return stageDataset(context, duckdb, own, { dataset, batch, asOf, maxRejected, mapping: mapping[dataset] });
	};
	if (options.dryRun) {
		const judged: JudgedBatch[] = [];
		for (const dataset of named) {
			judged.push(await judgeStaged(context, duckdb, await stageNamed(dataset, 1), options.maxRejected));
		}
		const located = files.map(({ location, dataset }) => ({ dataset, location }));
		return { ...judgedOutcome(options.batch, judged), files: located, ...passedOverFields(passedOver) };
	}
	const staged: StagedBatch[] = [];
	for (const dataset of named) staged.push(await stageNamed(dataset, options.maxRejected));
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
		return recordIngested(ledger, before, manifests);
	});
	const status = committed ? 'published' : 'unchanged';
	return {
		...ingestOutcome(options.batch, staged, status, snapshot.head.number),
		...(repeated ? { repeated_products: repeated } : {}),
		...passedOverFields(passedOver),
	};
}

/** Whether the lake has this very batch, intact: a lost or damaged one is ingested again as a new version. */
async function isIngested(context: TaskContext, ledger: Ledger, { manifest }: StagedBatch): Promise<boolean> {
	const { dataset, batch } = manifest;
	const former = lookUp(ledger.ingested[dataset], batch);
	if (!former || former.as_of !== manifest.as_of) return false;
	const lake = await context.lake();
	try {
		const stored = await lake.batch(dataset, batch, former.attempt);
		if (stored.fingerprint !== manifest.fingerprint) return false;
		await checkBatchFiles(lake, stored, await context.scratch());
		return true;
	} catch (error) {
		if (!(error instanceof DamagedObjectError)) throw error;
		context.log.warn(`${error.key} ${error.difference}: ${dataset} of batch ${batch} is ingested again.`);
		return false;
	}
}

/** The newest ledger with the batch's new versions; null where there are none. `before` is the ledger they were staged with. */
function recordIngested(ledger: Ledger, before: Ledger, manifests: readonly BatchManifest[]): Change | null {
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
		recorded = withIngested(recorded, manifest);
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
