import { type DatasetName, datasets } from '../../contracts';
import { type BatchManifest, lakeFormat } from '../../lake';
import type { DuckDb } from '../../platform/duckdb/duckdb';
import { writeQuarantine } from './quarantine';

/** An object of the batch that still lies in scratch. */
export interface StagedObject {
	readonly path: string;
	readonly key: string;
	readonly rows: number;
}

/** A dataset's part of the batch, complete in scratch but not uploaded. */
export interface StagedBatch {
	readonly manifest: Omit<BatchManifest, 'files' | 'quarantine'>;
	readonly objects: readonly StagedObject[];
	readonly quarantine: StagedObject | null;
}

/** What staging has found out about a dataset's part of a batch. */
export interface StagedFacts extends Pick<BatchManifest, 'batch' | 'attempt' | 'sources' | 'rejected' | 'tidy'> {
	readonly dataset: DatasetName;
	/** An instant, ISO 8601, UTC. */
	readonly asOf: string;
	/** Of all that the batch is made of, as a hexadecimal hash. */
	readonly fingerprint: string;
	/** The objects of Bronze, in order. */
	readonly bronze: readonly Omit<StagedObject, 'key'>[];
}

/** Puts a batch together from these, and from the table of rejected records, which becomes an object in `folder`. */
export async function stagedBatch(duckdb: DuckDb, folder: string, facts: StagedFacts): Promise<StagedBatch> {
	const { dataset, batch, attempt, asOf, sources, rejected, tidy, fingerprint, bronze } = facts;
	const objectKey = (layer: string, name: string) => `${layer}/${dataset}/batch=${batch}/v=${attempt}/${name}`;
	const rejectedRows = sumCounts(rejected);
	return {
		manifest: {
			format: lakeFormat,
			dataset,
			batch,
			attempt,
			contract: datasets[dataset].version,
			as_of: asOf,
			sources,
			received: sources.reduce((sum, { records }) => sum + records, 0),
			rejected,
			tidy,
			fingerprint,
		},
		objects: bronze.map((object, place) => ({
			...object,
			key: objectKey('bronze', `part-${String(place).padStart(5, '0')}.ndjson.zst`),
		})),
		quarantine:
			rejectedRows === 0
				? null
				: {
						path: await writeQuarantine(duckdb, folder),
						key: objectKey('quarantine', 'rejected.ndjson.zst'),
						rows: rejectedRows,
					},
	};
}

/** Adds counts by name to others. */
export function addCounts(to: Record<string, number>, counts: Readonly<Record<string, number>>): void {
	for (const [name, n] of Object.entries(counts)) to[name] = (to[name] ?? 0) + n;
}

/** The sum of counts by name. */
export const sumCounts = (counts: Readonly<Record<string, number>>): number =>
	Object.values(counts).reduce((sum, n) => sum + n, 0);
