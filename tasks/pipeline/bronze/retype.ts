import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TaskContext } from '../../context';
import { type DatasetName, datasetNames, datasets, isSealedBatchId } from '../../contracts';
import type { DuckDbEngine } from '../../engine';
import { type BatchManifest, isTypedToday, type Lake, type Ledger, withIngested } from '../../lake';
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

/**
 * Types batches in Bronze again from the texts of their records, where the contract has changed since they were ingested,
 * or where they are NDJSON of an earlier version of shoplake. Records are validated by today's rules: some
 * may leave quarantine, others go there. The new versions are ingested, in one commit; `clean` admits them. Returns the ids
 * of those of which Silver has the version before.
 */
export async function retypeBatches(context: TaskContext): Promise<{ retyped: string[]; toAdmit: string[] }> {
	const lake = await context.lake();
	const before = await (await lake.newest()).ledger();
	const engine = await context.engine();
	const manifests: BatchManifest[] = [];
	for (const { dataset, batch, attempt } of listOutdated(before)) {
		const manifest = await lake.batch(dataset, batch, attempt);
		const staged = await engine.scoped((scope) => restage(context, scope, manifest));
		await dropStagingTables(engine.duckdb);
		manifests.push(await uploadBatch(lake, staged));
	}
	let retyped: BatchManifest[] = [];
	await lake.transact(context.run, async (newest) => {
		const ledger = await newest.ledger();
		// A batch that was ingested again in the meantime is typed by today's contract already.
		retyped = manifests.filter(
			({ dataset, batch }) => attemptOf(ledger, dataset, batch) === attemptOf(before, dataset, batch),
		);
		return retyped.length === 0 ? null : { ledger: retyped.reduce(withIngested, ledger) };
	});
	const toAdmit = retyped.filter(
		({ dataset, batch }) => lookUp(before.admitted[dataset], batch)?.attempt === attemptOf(before, dataset, batch),
	);
	return {
		retyped: retyped.map(nameOf),
		toAdmit: [...new Set(toAdmit.map(({ batch }) => batch))],
	};
}

/** The batches that `retypeBatches` would type again, as `dataset/batch`. */
export const listOutdatedBatches = async (lake: Lake): Promise<string[]> =>
	listOutdated(await (await lake.newest()).ledger()).map(nameOf);

const nameOf = ({ dataset, batch }: { readonly dataset: string; readonly batch: string }) => `${dataset}/${batch}`;

const attemptOf = (ledger: Ledger, dataset: string, batch: string): string | undefined =>
	lookUp(ledger.ingested[dataset], batch)?.attempt;

/** The newest versions of batches that are not typed by the contracts of today. */
const listOutdated = ({ ingested }: Ledger) =>
	datasetNames.flatMap((dataset) =>
		Object.entries(ingested[dataset] ?? {}).flatMap(([batch, version]) =>
			isTypedToday(dataset, version) ? [] : [{ dataset, batch, attempt: version.attempt }],
		),
	);

/** Stages a batch again, as its sources were. */
async function restage(context: TaskContext, engine: DuckDbEngine, manifest: BatchManifest): Promise<StagedBatch> {
	if (isSealedBatchId(manifest.batch) || manifest.source) return restageObjects(engine, manifest, context.run.attempt);
	const folder = join(engine.scratch, `received-${manifest.dataset}`);
	const exported = await exportDataset(engine, manifest, folder);
	const files = exported.map(({ path }, place) => receivedFile(manifest, place, path));
	const staged = await stageDataset(context, engine.duckdb, files, {
		dataset: manifest.dataset as DatasetName,
		batch: manifest.batch,
		asOf: manifest.as_of,
		mapping: manifest.mapping as DatasetMapping | undefined,
		maxRejected: 1,
	});
	await rm(folder, { recursive: true });
	return staged;
}

/** The exported records of a source as a file of it. */
function receivedFile({ dataset, sources }: BatchManifest, place: number, path: string): DatasetFile {
	const { name = '', header, records, format, delimiter } = sources[place] ?? {};
	const own = {
		...{ dataset: dataset as DatasetName, name, location: name, gzip: false, encoding: utf8 },
		...(delimiter ? { delimiter } : {}),
	};
	// Without records a source is a header alone, whatever it was.
	if (records === 0) {
		const columns = header ?? Object.keys(datasets[own.dataset].fields).join(',');
		return { ...own, format: 'csv', open: async () => Readable.from([Buffer.from(`${columns}\n`)]) };
	}
	return {
		...own,
		format: header === undefined ? 'ndjson' : 'csv',
		open: async () => createReadStream(path),
		...(format === 'parquet' ? { isFromParquet: true } : {}),
	};
}
