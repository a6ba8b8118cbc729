import type { Dataset } from '../../contracts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { type MappedColumns, withoutRepeatedNames } from './mapped-columns';
import type { DatasetMapping } from './mapping';
import type { StagedObject } from './staged-batch';
import { type ValidationOptions, validateRecords } from './validate-records';

/** How a dataset of a batch is staged. */
export interface StageOptions {
	readonly dataset: Dataset;
	readonly batch: string;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	readonly mapping: DatasetMapping | undefined;
	/** The largest share of rejected records, 0 to 1. */
	readonly maxRejected: number;
}

/** What became of the records of a chunk, or of several. */
export interface ChunkOutcome {
	readonly received: number;
	readonly rejected: Readonly<Record<string, number>>;
	/** Files of scratch with the valid records, in order. */
	readonly objects: readonly Omit<StagedObject, 'key'>[];
}

/** Validates records as `validateRecords` takes them, but with the names of their source where there is a mapping. */
export async function validateChunk(
	duckdb: DuckDb,
	records: string,
	{ dataset, batch, asOf, mapping }: Omit<StageOptions, 'maxRejected'>,
	mapped: MappedColumns | undefined,
	chunk: Omit<ValidationOptions, 'dataset' | 'batch' | 'mapping' | 'lastDate'>,
): Promise<ChunkOutcome> {
	await mapped?.add(duckdb, records);
	const { received, accepted, rejected, form } = await validateRecords(
		duckdb,
		mapping ? withoutRepeatedNames(records) : records,
		{ ...chunk, dataset, batch, mapping, lastDate: lastValidDate(asOf) },
	);
	return { received, rejected, objects: accepted > 0 ? [{ path: chunk.bronze, rows: accepted, form }] : [] };
}

/** The last date with a year of four digits. */
const lastOfAll = Date.parse('9999-12-31');

/** The last event date, YYYY-MM-DD, that is not in the future for a batch of this as-of. */
export const lastValidDate = (asOf: string): string =>
	new Date(Math.min(Date.parse(asOf) + 24 * 3600_000, lastOfAll)).toISOString().slice(0, 10);
