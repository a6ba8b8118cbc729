import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TaskContext } from '../../context';
import { type Contracts, type Dataset, getDataset, isSealedBatchId } from '../../contracts';
import type { DuckDbEngine } from '../../engine';
import { type BatchManifest, checkOwnFields, isTypedToday, type Lake, type Ledger, withIngested } from '../../lake';
import { utf8 } from '../../platform/lines';
import { lookUp } from '../../platform/look-up';
import { exportDataset } from './export-batch';
import type { DatasetFile } from './find-files';
import type { DatasetMapping } from './mapping';
import { dropStagingTables } from './quarantine';
import { restageObjects } from './restage-objects';
import { stageDataset } from './stage-dataset';
import type { StagedBatch } from './staged-batch';
import { uploadBatch } from './upload-batch';

/** Batches that were typed again and uploaded, and the ledger that they were listed from. No head names them yet. */
export interface RetypedBatches {
	readonly before: Ledger;
	readonly manifests: readonly BatchManifest[];
}

/** What the batches of a lake are typed by. */
export type Typing = Pick<Lake, 'contracts' | 'timeZone'>;

/** A ledger with batches that were typed again. */
export interface RecordedBatches {
	readonly ledger: Ledger;
	/** Their names. */
	readonly retyped: string[];
	/** The ids of those of which Silver has the version before. */
	readonly toAdmit: string[];
}

/**
 * Types batches in Bronze again from the texts of their records, where the contract or the time zone has changed since they
 * were ingested, or where they are NDJSON of an earlier version of shoplake. Records are validated by today's rules: some
 * may leave quarantine, others go there. Uploads the new versions, and publishes nothing.
 */
export async function retypeBatches(context: TaskContext): Promise<RetypedBatches> {
	const lake = await context.lake();
	const before = await (await lake.newest()).ledger();
	checkOwnFields(lake.contracts, before, { ...before, ingested: {} });
	const engine = await context.engine();
	const manifests: BatchManifest[] = [];
	for (const { dataset, batch, attempt } of listOutdated(before, lake)) {
		const manifest = await lake.batch(dataset, batch, attempt);
		const staged = await engine.scoped((scope) => restage(context, scope, manifest, lake.contracts));
		await dropStagingTables(engine.duckdb);
		manifests.push(await uploadBatch(lake, staged));
	}
	return { before, manifests };
}

/** Records batches that were typed again as ingested. One that was ingested again in the meantime keeps that version. */
export function recordRetyped(
	ledger: Ledger,
	{ before, manifests }: RetypedBatches,
	contracts: Contracts,
): RecordedBatches {
	const retyped = manifests.filter(
		({ dataset, batch }) => attemptOf(ledger, dataset, batch) === attemptOf(before, dataset, batch),
	);
	const toAdmit = retyped.filter(
		({ dataset, batch }) => lookUp(before.admitted[dataset], batch)?.attempt === attemptOf(before, dataset, batch),
	);
	return {
		ledger: retyped.reduce((all, manifest) => withIngested(all, manifest, contracts), ledger),
		retyped: retyped.map(nameOf),
		toAdmit: [...new Set(toAdmit.map(({ batch }) => batch))],
	};
}

/** The batches that `retypeBatches` would type again, as `dataset/batch`. */
export const listOutdatedBatches = (ledger: Ledger, typing: Typing): string[] =>
	listOutdated(ledger, typing).map(nameOf);

const nameOf = ({ dataset, batch }: { readonly dataset: string; readonly batch: string }) => `${dataset}/${batch}`;

const attemptOf = (ledger: Ledger, dataset: string, batch: string): string | undefined =>
	lookUp(ledger.ingested[dataset], batch)?.attempt;

/** The newest versions of batches that are not typed by the contracts of today, or by another time zone. */
const listOutdated = ({ ingested }: Ledger, { contracts, timeZone }: Typing) =>
	Object.entries(contracts.datasets).flatMap(([dataset, contract]) =>
		Object.entries(ingested[dataset] ?? {}).flatMap(([batch, version]) =>
			isTypedToday(contract, version, timeZone) ? [] : [{ dataset, batch, attempt: version.attempt }],
		),
	);

/** Stages a batch again, as its sources were. */
async function restage(
	context: TaskContext,
	engine: DuckDbEngine,
	manifest: BatchManifest,
	contracts: Contracts,
): Promise<StagedBatch> {
	if (isSealedBatchId(manifest.batch) || manifest.source) {
		return restageObjects(engine, contracts, manifest, context.run.attempt);
	}
	const dataset = getDataset(contracts, manifest.dataset);
	const folder = join(engine.scratch, `received-${manifest.dataset}`);
	const exported = await exportDataset(engine, contracts, manifest, folder);
	const files = exported.map(({ path }, place) => receivedFile(manifest, dataset, place, path));
	const staged = await stageDataset(context, engine.duckdb, files, {
		dataset,
		batch: manifest.batch,
		asOf: manifest.as_of,
		mapping: manifest.mapping as DatasetMapping | undefined,
		maxRejected: 1,
	});
	await rm(folder, { recursive: true });
	return staged;
}

/** The exported records of a source as a file of it. */
function receivedFile({ sources }: BatchManifest, dataset: Dataset, place: number, path: string): DatasetFile {
	const { name = '', header, records, format, delimiter } = sources[place] ?? {};
	const own = {
		...{ dataset: dataset.name, name, location: name, gzip: false, encoding: utf8 },
		...(delimiter ? { delimiter } : {}),
	};
	// Without records a source is a header alone, whatever it was.
	if (records === 0) {
		const columns = header ?? Object.keys(dataset.fields).join(',');
		return { ...own, format: 'csv', open: async () => Readable.from([Buffer.from(`${columns}\n`)]) };
	}
	return {
		...own,
		format: header === undefined ? 'ndjson' : 'csv',
		open: async () => createReadStream(path),
		...(format === 'parquet' ? { isFromParquet: true } : {}),
	};
}
