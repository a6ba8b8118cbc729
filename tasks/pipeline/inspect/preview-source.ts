import type { TaskContext } from '../../context';
import { type DatasetName, getDataset } from '../../contracts';
import { sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { ShoplakeError } from '../../platform/errors';
import { utc } from '../../platform/time-zone';
import { parameterValues, type SqlSource } from '../../sources';
import { checkFilesFound, computeSource, listExamples, matchFile, type SourceFile, stageSource } from '../bronze';
import { firstRecords, type Landing } from './landing';

/** What the statements of a preset would make of files. */
export interface PreviewedSource {
	readonly preset: string;
	readonly files: readonly string[];
	/** Why it can't be computed; then there is nothing else. */
	readonly fault?: string;
	readonly rows?: number;
	/** Rows that no record would come from, and the first of them. */
	readonly unused?: number;
	readonly unused_rows?: readonly { readonly file: string; readonly line: number }[];
	readonly datasets?: readonly (Landing & { readonly dataset: DatasetName })[];
}

const shownUnused = 5;

/** Runs the statements of a preset on files, and validates their records; writes nothing but scratch, and needs no lake. */
export async function previewSource(
	context: TaskContext,
	duckdb: DuckDb,
	source: SqlSource,
	files: readonly SourceFile[],
	asOf: string,
): Promise<PreviewedSource> {
	const { contracts } = await context.project();
	const known = { preset: source.name, files: files.map(({ name }) => name) };
	try {
		const matched = files.flatMap((file) => {
			const found = matchFile(source, file.name);
			return found ? [{ ...file, ...found, format: found.format ?? file.format }] : [];
		});
		checkFilesFound(source, { files: matched, passedOver: [] });
		const ofProject = duckdb.timeZone === utc ? {} : { time_zone: duckdb.timeZone };
		const computed = await computeSource(context, source, matched, parameterValues(source, [], ofProject));
		const landings: (Landing & { readonly dataset: DatasetName })[] = [];
		const { examples } = await stageSource(
			context,
			duckdb,
			computed,
			source.datasets.map(({ name }) => getDataset(contracts, name)),
			(dataset) => ({ dataset, batch: 'inspected', maxRejected: 1, asOf }),
			{
				mostExamples: shownUnused,
				onStaged: async ({ manifest, objects }) => {
					const { dataset } = manifest;
					const rejected = sumCounts(manifest.rejected);
					landings.push({
						...{ dataset, accepted: manifest.received - rejected, rejected, rejected_by_rule: manifest.rejected },
						examples: await listExamples(duckdb, dataset),
						first: await firstRecords(
							duckdb,
							objects.map(({ path }) => path),
						),
					});
				},
			},
		);
		const { rows, unused } = computed.stats;
		const unusedRows = examples.map(({ file, line }) => ({ file, line }));
		return { ...known, rows, unused, unused_rows: unusedRows, datasets: landings };
	} catch (error) {
		if (error instanceof ShoplakeError) return { ...known, fault: error.message };
		throw error;
	}
}
