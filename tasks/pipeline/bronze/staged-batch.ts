import { type Dataset, hasTimes } from '../../contracts';
import { type BatchManifest, batchFolder, lakeFormat, type RecordForm } from '../../lake';
import { sumCounts } from '../../platform/counts';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { utc } from '../../platform/time-zone';
import type { SourceFile } from './find-files';
import { writeQuarantine } from './quarantine';

/** An object of the batch, still in scratch. */
export interface StagedObject {
	readonly path: string;
	readonly key: string;
	readonly rows: number;
	/** Of Bronze: how most of its records were written; undefined if that is not known. */
	readonly form?: RecordForm | undefined;
}

/** What a manifest says of a source's format; rows of a sheet are kept as NDJSON, like those of a list. */
export const storedFormat = ({
	format,
	isFromParquet,
}: Pick<SourceFile, 'format' | 'isFromParquet'>): BatchManifest['sources'][number]['format'] =>
	isFromParquet ? 'parquet' : format === 'xlsx' ? 'ndjson' : format;

/** A dataset's part of the batch, complete in scratch but not uploaded. */
export interface StagedBatch {
	readonly manifest: Omit<BatchManifest, 'files' | 'quarantine' | 'source'> & { readonly source?: StagedSource };
	readonly objects: readonly StagedObject[];
	readonly quarantine: StagedObject | null;
	/** The rows of an SQL source that no record comes from. */
	readonly unused?: StagedObject;
}

/** What a batch says of the SQL source that its records come from, without the object of unused rows. */
export type StagedSource = Omit<NonNullable<BatchManifest['source']>, 'unused_files'>;

/** Stats of a dataset's part of a batch, found while it was staged. */
export interface StagedStats extends Pick<BatchManifest, 'batch' | 'attempt' | 'sources' | 'mapping' | 'rejected'> {
	readonly dataset: Dataset;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	/** A hexadecimal hash of everything that the batch is made of. */
	readonly fingerprint: string;
	/** The objects of Bronze, in order. */
	readonly bronze: readonly Omit<StagedObject, 'key'>[];
	readonly source?: StagedSource;
	/** The path of an object with the source's unused rows. */
	readonly unusedPath?: string;
}

/** Assembles a batch; the table of rejected records becomes an object in `folder`. */
export async function assembleBatch(duckdb: DuckDb, folder: string, stats: StagedStats): Promise<StagedBatch> {
	const { batch, attempt, asOf, sources, mapping, rejected, fingerprint, bronze, source, unusedPath } = stats;
	const { name: dataset, version } = stats.dataset;
	const objectKey = (layer: 'bronze' | 'quarantine', name: string) =>
		`${batchFolder(layer, { dataset, batch, attempt })}${name}`;
	const rejectedRows = sumCounts(rejected);
	const isZoned = duckdb.timeZone !== utc && hasTimes(stats.dataset);
	return {
		manifest: {
			format: lakeFormat,
			dataset,
			batch,
			attempt,
			contract: version,
			...(isZoned ? { time_zone: duckdb.timeZone } : {}),
			as_of: asOf,
			sources,
			...(mapping ? { mapping } : {}),
			...(source ? { source } : {}),
			received: sources.reduce((sum, { records }) => sum + records, 0),
			rejected,
			fingerprint,
		},
		objects: bronze.map((object, place) => ({
			...object,
			key: objectKey('bronze', `part-${String(place).padStart(5, '0')}.parquet`),
		})),
		quarantine:
			rejectedRows === 0
				? null
				: {
						path: await writeQuarantine(duckdb, folder),
						key: objectKey('quarantine', 'rejected.ndjson.zst'),
						rows: rejectedRows,
					},
		...(source && unusedPath !== undefined
			? { unused: { path: unusedPath, key: objectKey('quarantine', 'unused.ndjson.zst'), rows: source.unused } }
			: {}),
	};
}
