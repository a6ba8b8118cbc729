import { basename } from 'node:path';
import type { DuckDbEngine, Relation } from '../../engine';
import { type BatchManifest, batchFolder, type FileRef, fetchCopies, keepCopy, type Lake, storeFile } from '../../lake';
import { addCounts, sumCounts } from '../../platform/counts';
import { type ErasedObject, type ErasureScope, eraseLines, eraseRows } from './erase-rows';
import { describeSources, type LiveBatch } from './live-batches';
import { mentions, type Person } from './person';

/** What is, or would be, erased from a version of a batch. */
export interface ErasedBatch {
	readonly batch: LiveBatch;
	/** Records of Bronze, rejected ones, and rows of an SQL source that no record came from. */
	readonly records: number;
	readonly rejected: number;
	readonly unused: number;
	readonly redacted: number;
	readonly near: number;
	/** The new version, uploaded but not visible; undefined if there is nothing to erase, and in a dry run. */
	readonly manifest?: BatchManifest;
}

export interface EraseOptions {
	readonly person: Person;
	readonly orders: Relation;
	/** Names the new version. */
	readonly attempt: string;
	readonly dryRun: boolean;
}

type Erasure = { readonly file: BatchManifest['files'][number]; readonly result: ErasedObject };
const isChanged = ({ erased, redacted }: ErasedObject) => sumCounts(erased) + redacted > 0;
const sumErased = (erasures: readonly Erasure[]) =>
	erasures.reduce((sum, { result: { erased } }) => sum + sumCounts(erased), 0);

/**
 * Writes a version of a batch without the records of a person. Its other objects are copied, so that all of a version lies
 * in one folder.
 */
export async function eraseBatch(
	engine: DuckDbEngine,
	lake: Lake,
	batch: LiveBatch,
	options: EraseOptions,
): Promise<ErasedBatch> {
	const { manifest } = batch;
	const scope = scopeOf(batch, options);
	const erase = async (files: readonly FileRef[], eraseObject: typeof eraseRows) => {
		const paths = await fetchCopies(engine, files);
		const erasures: Erasure[] = [];
		for (const [place, file] of files.entries()) {
			erasures.push({ file, result: await eraseObject(engine, paths[place] as string, scope) });
		}
		return erasures;
	};
	const bronze = await erase(manifest.files, eraseRows);
	const rejected = await erase(manifest.quarantine, eraseLines);
	const unused = await erase(manifest.source?.unused_files ?? [], eraseLines);
	const all = [...bronze, ...rejected, ...unused];
	const sum = (count: (result: ErasedObject) => number) => all.reduce((total, { result }) => total + count(result), 0);
	const mappingNear = mentions(options.person, JSON.stringify([manifest.mapping ?? null, manifest.sources])) ? 1 : 0;
	const found = {
		batch,
		records: sumErased(bronze),
		rejected: sumErased(rejected),
		unused: sumErased(unused),
		redacted: sum(({ redacted }) => redacted),
		near: sum(({ near }) => near) + mappingNear,
	};
	if (options.dryRun || !all.some(({ result }) => isChanged(result))) return found;
	return {
		...found,
		manifest: await uploadErased(lake, engine.scratch, batch, options.attempt, { bronze, rejected, unused }),
	};
}

function scopeOf({ manifest: { sources } }: LiveBatch, { person, orders }: EraseOptions): ErasureScope {
	return { person, orders, ...describeSources(sources) };
}

async function uploadErased(
	lake: Lake,
	scratch: string,
	{ manifest, dataset, batch }: LiveBatch,
	attempt: string,
	{ bronze, rejected, unused }: Readonly<Record<'bronze' | 'rejected' | 'unused', readonly Erasure[]>>,
): Promise<BatchManifest> {
	const store = async (layer: 'bronze' | 'quarantine', erasures: readonly Erasure[]) => {
		const files: BatchManifest['files'] = [];
		for (const { file, result } of erasures) {
			const key = `${batchFolder(layer, { dataset, batch, attempt })}${basename(file.key)}`;
			if (!isChanged(result)) {
				await lake.store.copy({ key: file.key }, { key });
				files.push({ ...file, key });
			} else if (result.path !== undefined) {
				files.push({ ...file, ...(await storeFile(lake.store, result.path, key, result.rows)) });
				await keepCopy(scratch, result.path, key);
			}
		}
		return files;
	};
	const byPlace: Record<string, number> = {};
	const byRule: Record<string, number> = {};
	for (const { result } of [...bronze, ...rejected]) {
		addCounts(byPlace, result.erased);
		addCounts(byRule, result.rules);
	}
	const erased = sumCounts(byPlace);
	const left = Object.entries(manifest.rejected).map(([rule, count]) => [rule, count - (byRule[rule] ?? 0)] as const);
	const unusedErased = sumErased(unused);
	const next: BatchManifest = {
		...manifest,
		attempt,
		sources: manifest.sources.map((source, place) => ({ ...source, records: source.records - (byPlace[place] ?? 0) })),
		...(manifest.source
			? {
					source: {
						...manifest.source,
						rows: manifest.source.rows - unusedErased,
						unused: manifest.source.unused - unusedErased,
						unused_files: await store('quarantine', unused),
					},
				}
			: {}),
		files: await store('bronze', bronze),
		quarantine: await store('quarantine', rejected),
		received: manifest.received - erased,
		rejected: Object.fromEntries(left.filter(([, count]) => count > 0)),
		erased: (manifest.erased ?? 0) + erased,
	};
	await lake.putBatch(next);
	return next;
}
