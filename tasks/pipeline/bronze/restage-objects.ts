import { join } from 'node:path';
import { type Contracts, type Dataset, getDataset, isSealedBatchId, streamNames, streams } from '../../contracts';
import type { DuckDbEngine, Relation } from '../../engine';
import { type BatchManifest, fetchCopies } from '../../lake';
import { longestLine } from '../../lake/bronze-files';
import { addCounts } from '../../platform/counts';
import { createQuarantine } from './quarantine';
import { receivedRecords, rejectedRecords } from './received-records';
import { assembleBatch, type StagedBatch, type StagedObject, type StagedSource } from './staged-batch';
import { lastValidDate } from './validate-chunk';
import { validateRecords } from './validate-records';

/**
 * Stages a sealed batch, or one of an SQL source, again, from the texts of its records; each keeps the place of its object or file
 * and its line.
 */
export async function restageObjects(
	engine: DuckDbEngine,
	contracts: Contracts,
	manifest: BatchManifest,
	attempt: string,
): Promise<StagedBatch> {
	const { duckdb, scratch } = engine;
	const { batch, as_of: asOf, sources, fingerprint } = manifest;
	const dataset = getDataset(contracts, manifest.dataset);
	const objects = await engine.texts(
		{ place: 'int', name: 'varchar' },
		sources.map(({ name }, place) => [String(place), name]),
	);
	await createQuarantine(duckdb);
	const bronze: Omit<StagedObject, 'key'>[] = [];
	const rejected: Record<string, number> = {};
	const restage = async (records: string) => {
		const path = join(scratch, `bronze-${attempt}-${dataset.name}-${bronze.length}.parquet`);
		const validated = await validateRecords(duckdb, records, {
			...{ dataset, batch, mapping: undefined, format: 'json', longestRecord: longestLine, bronze: path },
			lastDate: lastValidDate(asOf),
			numbersWereDoubles: manifest.source !== undefined,
			file: { index: 'file', name: `(select name from ${objects.name} where place = validated.file)` },
		});
		addCounts(rejected, validated.rejected);
		if (validated.accepted > 0) bronze.push({ path, rows: validated.accepted, form: validated.form });
	};
	for (const file of manifest.files) {
		await restage(recordsSql(manifest, dataset, await receivedRecords(engine, contracts, manifest, [file]), objects));
	}
	await restage(recordsSql(manifest, dataset, await rejectedRecords(engine, manifest), objects));
	const { unused_files: unusedFiles = [], ...source } = manifest.source ?? {};
	const [unusedPath] = await fetchCopies(engine, unusedFiles);
	return assembleBatch(duckdb, scratch, {
		...(manifest.source ? { source: source as StagedSource } : {}),
		...(unusedPath === undefined ? {} : { unusedPath }),
		...{ dataset, batch, attempt, asOf, sources, rejected, fingerprint, bronze },
	});
}

/** SQL of received or rejected records as `validateRecords` takes them. */
function recordsSql({ batch }: BatchManifest, { eventTime }: Dataset, { name }: Relation, objects: Relation): string {
	const stream = streamNames.find((one) => isSealedBatchId(batch, one));
	const isDated = stream !== undefined && streams[stream].isDatedByDelivery && eventTime !== null;
	// The hour of delivery stands in the object's name: YYYY/MM/DD/HH/….
	const hour = `regexp_replace(objects.name, '^(....)/(..)/(..)/(..)/.*$', '\\1-\\2-\\3T\\4:00:00Z')`;
	const lacksTime = `json_valid(text) and json_type(text) = 'OBJECT' and trim(coalesce(json_extract_string(text, '$.${eventTime}'), '')) = ''`;
	const json = isDated
		? `case when ${lacksTime} then cast(json_merge_patch(text, json_object('${eventTime}', ${hour})) as varchar) else text end`
		: 'text';
	return `select file, line, case when fault is null then ${json} end as json, text as raw, fault
		from (from ${name}) as records join ${objects.name} as objects on records.file = objects.place`;
}
