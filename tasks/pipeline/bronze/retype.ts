import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TaskContext } from '../../context';
import { type Contracts, type Dataset, getDataset, isSealedBatchId } from '../../contracts';
import type { Engine } from '../../engine';
import {
	type BatchManifest,
	checkOwnFields,
	isTypedToday,
	type Lake,
	type Ledger,
	type Snapshot,
	withIngested,
} from '../../lake';
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
	checkOwnFields(lake.contracts, before, { ...before, ingested: {} });
	const engine = await context.engine();
	const manifests: BatchManifest[] = [];
	for (const { dataset, batch, attempt } of listOutdated(before, lake.contracts)) {
		const manifest = await lake.batch(dataset, batch, attempt);
		const staged = await engine.scoped((scope) => restage(context, scope, manifest, lake.contracts));
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
		if (retyped.length === 0) return null;
		return { ledger: retyped.reduce((all, manifest) => withIngested(all, manifest, lake.contracts), ledger) };
	});
	const toAdmit = retyped.filter(
		({ dataset, batch }) => lookUp(before.admitted[dataset], batch)?.attempt === attemptOf(before, dataset, batch),
	);
	return {
		retyped: retyped.map(nameOf),
		toAdmit: [...new Set(toAdmit.map(({ batch }) => batch))],
	};
}

/** The batches that `retypeBatches` would type again in a state of the lake, as `dataset/batch`. */
export const listOutdatedBatches = async (lake: Lake, snapshot: Snapshot): Promise<string[]> =>
	listOutdated(await snapshot.ledger(), lake.contracts).map(nameOf);

const nameOf = ({ dataset, batch }: { readonly dataset: string; readonly batch: string }) => `${dataset}/${batch}`;

const attemptOf = (ledger: Ledger, dataset: string, batch: string): string | undefined =>
	lookUp(ledger.ingested[dataset], batch)?.attempt;

/** The newest versions of batches that are not typed by the contracts of today. */
const listOutdated = ({ ingested }: Ledger, { datasets }: Contracts) =>
	Object.entries(datasets).flatMap(([dataset, contract]) =>
		Object.entries(ingested[dataset] ?? {}).flatMap(([batch, version]) =>
			isTypedToday(contract, version) ? [] : [{ dataset, batch, attempt: version.attempt }],
		),
	);

/** Stages a batch again, as its sources were. */
async function restage(
	context: TaskContext,
	engine: Engine,
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
