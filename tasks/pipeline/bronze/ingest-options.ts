import type { DatasetName } from '../../contracts';
import type { DecimalSign } from './decimal-texts';
import type { Reading } from './reading';

/** What `ingest` is told. */
export interface IngestOptions {
	readonly batch: string;
	/** Files, folders or `s3://` prefixes; without them the batch's landing zone. */
	readonly sources?: readonly string[] | undefined;
	/** The dataset of all files; without it each file's name says it. */
	readonly dataset?: DatasetName | undefined;
	/** The as-of of the batch: a date or an instant. */
	readonly asOf?: string | undefined;
	/** A mapping file: its path, or `s3://bucket/key`; or the folder of an SQL source, `s3://bucket/prefix/` among them. */
	readonly map?: string | undefined;
	/** The preset of an SQL source. */
	readonly from?: string | undefined;
	/** Parameters of the source, as `name=value`. */
	readonly params?: readonly string[] | undefined;
	/** How all files are read; by default each file says it. */
	readonly reading?: Reading | undefined;
	/** What stands before the decimal places of numbers, where the mapping does not say it; a point by default. */
	readonly decimal?: DecimalSign | undefined;
	/** The largest share of rejected records, 0 to 1, with which a dataset is accepted. */
	readonly maxRejected: number;
	readonly dryRun?: boolean;
}
