import { type DatasetName, liveOrders } from '../../contracts';
import {
	batchFolder,
	type FileRef,
	isColumnar,
	type Ledger,
	mirrorFolder,
	type Snapshot,
	type TableManifest,
	timeZoneOf,
} from '../../lake';
import { openTableFolder } from '../../lake/iceberg/metadata';
import { datasetInBronze, definitions, inDaysOf, type TableDefinition } from './definition';

/** A table as the catalogue should have it for one head. */
export interface DesiredTable {
	readonly definition: TableDefinition;
	/** The key of the manifest or ledger that it is derived from; empty where nothing has been written yet. */
	readonly source: string;
	/**
	 * `s3://…/`: the folder of the current version of a table without partitions, an empty folder for a table with
	 * partitions, the folder of Iceberg's metadata, the root of projected partitions. Empty text for a view.
	 */
	readonly location: string;
	/** The location of each partition's current version, by the partition's value. */
	readonly partitions: ReadonlyMap<string, string>;
	/** How many batches of a Bronze table are left out, because they are not Parquet. */
	readonly leftOut?: number;
	/** The data files by partition; of Silver and Gold only. */
	readonly files: ReadonlyMap<string, readonly FileRef[]>;
	/** Given for a table that is published as an Iceberg table. */
	readonly open?: {
		/** The number of the head. */
		readonly head: number;
		readonly manifest: TableManifest;
		/** Whether its partitions are registered in Glue, too, for engines that don't know Iceberg. */
		readonly isHive: boolean;
	};
}

/** A table's definition as it stands in Glue: a table that is Iceberg only has its partition among its columns. */
export function glueDefinition({ definition, open }: Pick<DesiredTable, 'definition' | 'open'>): TableDefinition {
	if (!open || open.isHive) return definition;
	const columns = [...definition.columns, ...definition.partitionKeys];
	return { ...definition, format: 'iceberg', columns, partitionKeys: [] };
}

/**
 * All tables of the catalogue for one head. Silver and Gold are Iceberg tables; with `isHive` their partitions are
 * registered, too.
 */
export async function desiredTables(
	snapshot: Snapshot,
	bucket: string,
	{
		isHive = false,
		wanted = definitions,
	}: { readonly isHive?: boolean; readonly wanted?: readonly TableDefinition[] } = {},
): Promise<DesiredTable[]> {
	const ledger = await snapshot.ledger();
	return Promise.all(
		wanted.map(async (one) => {
			const definition = inDaysOf(one, timeZoneOf(snapshot.head));
			const { name, format, projection } = definition;
			if (format === 'view') return unversionedTable(definition, '');
			if (projection) return unversionedTable(definition, `s3://${bucket}/${liveOrders.prefix}`);
			return datasetInBronze(name)
				? desiredBronzeTable(definition, ledger, snapshot.head.ledger ?? '', bucket)
				: desiredTable(definition, snapshot, await snapshot.table(name), { bucket, isHive });
		}),
	);
}

/**
 * The locations of a table's partitions in a manifest. Dates before the year 1, which older lakes may hold, are left out:
 * Athena can't parse one, and then reads no partition of the table.
 */
export function tablePartitions(manifest: TableManifest, bucket: string): Map<string, string> {
	const located = Object.entries(manifest.partitions).flatMap(
		([
			value,
			{
				files: [first],
			},
		]) => (first && !value.endsWith('(BC)') ? [[value, `s3://${bucket}/${fileFolder(first)}`] as const] : []),
	);
	return new Map(located);
}

/** The locations of a Bronze table's batches in a ledger, except those that are not Parquet: other readers would fail. */
export function bronzePartitions(ledger: Ledger, table: string, bucket: string): Map<string, string> {
	const dataset = datasetInBronze(table) as DatasetName;
	const batches = Object.entries(ledger.ingested[dataset] ?? {}).filter(([, version]) => isColumnar(version));
	return new Map(
		batches.map(([batch, { attempt }]) => [
			batch,
			`s3://${bucket}/${batchFolder('bronze', { dataset, batch, attempt })}`,
		]),
	);
}

function desiredTable(
	definition: TableDefinition,
	{ head }: Snapshot,
	manifest: TableManifest,
	{ bucket, isHive }: { readonly bucket: string; readonly isHive: boolean },
): DesiredTable {
	const files = new Map(Object.entries(manifest.partitions).map(([value, entry]) => [value, entry.files]));
	const partitions = tablePartitions(manifest, bucket);
	const isWhole = definition.partitionKeys.length === 0;
	const [only] = partitions.values();
	const folder = isWhole && only ? only : `s3://${bucket}/${mirrorFolder(definition.name)}`;
	return {
		definition,
		source: head.tables[definition.name] ?? '',
		location: isHive ? folder : `s3://${bucket}/${openTableFolder(definition.name)}`,
		partitions: isWhole || !isHive ? new Map() : partitions,
		files,
		open: { head: head.number, manifest, isHive },
	};
}

function desiredBronzeTable(definition: TableDefinition, ledger: Ledger, source: string, bucket: string): DesiredTable {
	const partitions = bronzePartitions(ledger, definition.name, bucket);
	const dataset = datasetInBronze(definition.name) as DatasetName;
	return {
		definition,
		source,
		location: `s3://${bucket}/${mirrorFolder(definition.name)}`,
		partitions,
		leftOut: Object.keys(ledger.ingested[dataset] ?? {}).length - partitions.size,
		files: new Map(),
	};
}

/** A table that no head names. */
const unversionedTable = (definition: TableDefinition, location: string): DesiredTable => ({
	definition,
	source: '',
	location,
	partitions: new Map(),
	files: new Map(),
});

const fileFolder = ({ key }: FileRef): string => key.slice(0, key.lastIndexOf('/') + 1);
