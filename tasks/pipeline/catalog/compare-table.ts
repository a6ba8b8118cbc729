import { mirrorFolder } from '../../lake';
import { openTableFolder } from '../../lake/iceberg/metadata';
import { type CatalogColumn, definitionFingerprint } from './definition';
import { type DesiredTable, glueDefinition } from './desired-tables';
import type { CatalogTable } from './glue-catalog';

/**
 * A difference between the catalogue and what `crawl` last wrote there: somebody else changed it. The kind `footer` is a
 * difference between a file and the contract: nobody changed the file, it is older than the contract. The kind `metadata` is
 * Iceberg metadata that another engine has written, or that are damaged.
 */
export interface Drift {
	readonly table: string;
	readonly kind: 'column' | 'partition' | 'location' | 'definition' | 'footer' | 'metadata';
	/** The column or the partition. */
	readonly name: string;
	/** What is there; null where nothing is. */
	readonly found: string | null;
	/** What should be there; null where nothing should be. */
	readonly expected: string | null;
}

/** What a crawl has to do to one table of the catalogue. */
export interface TablePlan {
	readonly desired: DesiredTable;
	readonly actual: CatalogTable | undefined;
	/** The table has to be defined: it is missing, or its definition, location or recorded version is not the desired one. */
	readonly needsDefinition: boolean;
	/** Its Iceberg metadata have to be published: for new heads, files or columns, or in the place of those of others. */
	readonly needsPublication: boolean;
	/** The columns in the catalogue are not the contract's. */
	readonly columnsDiffer: boolean;
	readonly partitionsToCreate: readonly string[];
	/** Partitions whose location or definition has to be updated. */
	readonly partitionsToMove: readonly string[];
	readonly partitionsToDelete: readonly string[];
	readonly drift: readonly Drift[];
}

/**
 * Compares one table of the catalogue with the desired one. `lastCrawled` are the partitions that it had at the last
 * crawl (empty where that is unknown): they tell a new partition from one that somebody dropped.
 */
export function compareTable(
	desired: DesiredTable,
	actual: CatalogTable | undefined,
	lastCrawled: ReadonlyMap<string, string>,
	bucket: string,
): TablePlan {
	const { definition, partitions, open } = desired;
	const found: CatalogTable['partitions'] = actual?.partitions ?? new Map();
	const fingerprint = definitionFingerprint(glueDefinition(desired));
	const partitionsToMove = [...partitions].flatMap(([value, location]) => {
		const partition = found.get(value);
		return partition && (partition.location !== location || partition.fingerprint !== fingerprint) ? [value] : [];
	});
	const columns = actual ? diffColumns(actual, desired) : [];
	const isChangedByHand = actual !== undefined && definitionFingerprint(actual.definition) !== actual.fingerprint;
	const isPublished = actual?.metadataLocation !== undefined && actual.metadataLocation === actual.published;
	const isAsDefined = actual?.fingerprint === fingerprint && actual.source === desired.source;
	const needsDefinition =
		actual === undefined ||
		isChangedByHand ||
		!isAsDefined ||
		actual.location !== desired.location ||
		(open !== undefined && !isPublished);
	const plan = {
		desired,
		actual,
		needsDefinition,
		needsPublication: open !== undefined && (!isAsDefined || !isPublished || actual.head < open.head),
		columnsDiffer: columns.length > 0,
		partitionsToCreate: [...partitions.keys()].filter((value) => !found.has(value)),
		partitionsToMove,
		partitionsToDelete: [...found.keys()].filter((value) => !partitions.has(value)),
	};
	const definitionDrift = isChangedByHand ? listDefinitionDrift(definition.name, columns) : [];
	return {
		...plan,
		drift: [
			...definitionDrift,
			...listMetadataDrift(definition.name, actual),
			...listPartitionDrift(plan, lastCrawled, bucket),
		],
	};
}

/** Metadata that another engine has put in the place of those that were published. */
function listMetadataDrift(table: string, actual: CatalogTable | undefined): Drift[] {
	const { metadataLocation: found = null, published: expected } = actual ?? {};
	if (expected === undefined || found === expected) return [];
	return [{ table, kind: 'metadata', name: table, found, expected }];
}

function listDefinitionDrift(table: string, columns: readonly ColumnDifference[]): Drift[] {
	if (columns.length > 0) return columns.map((column) => ({ table, kind: 'column', ...column }));
	return [{ table, kind: 'definition', name: table, found: 'changed by hand', expected: 'as in the contract' }];
}

/** What somebody did to the location of a table and to its partitions. */
function listPartitionDrift(
	{ desired, actual, partitionsToCreate, partitionsToMove, partitionsToDelete }: Omit<TablePlan, 'drift'>,
	lastCrawled: ReadonlyMap<string, string>,
	bucket: string,
): Drift[] {
	if (!actual) return [];
	const table = desired.definition.name;
	const isOutside = (location: string) => isOutsideTable(location, table, bucket);
	const isRedirected = actual.location !== desired.location && isOutside(actual.location);
	const isLeftover = desired.open?.isHive === false;
	const isMovedAway = (value: string) => isOutside(actual.partitions.get(value)?.location ?? '');
	const partitionDrift = (kind: 'partition' | 'location', value: string): Drift => ({
		table,
		kind,
		name: value,
		found: actual.partitions.get(value)?.location ?? null,
		expected: desired.partitions.get(value) ?? null,
	});
	return [
		...(isRedirected
			? [{ table, kind: 'location' as const, name: table, found: actual.location, expected: desired.location }]
			: []),
		...partitionsToCreate.filter((value) => lastCrawled.has(value)).map((value) => partitionDrift('partition', value)),
		...partitionsToDelete
			.filter((value) => !isLeftover && !lastCrawled.has(value))
			.map((value) => partitionDrift('partition', value)),
		...partitionsToMove.filter(isMovedAway).map((value) => partitionDrift('location', value)),
	];
}

/** Whether a location is outside the folders of a table in this bucket, where a crawl would not have put it. */
function isOutsideTable(location: string, table: string, bucket: string): boolean {
	const [layer, ...name] = table.split('_');
	const folders = [`${layer}/${name.join('_')}/`, mirrorFolder(table), openTableFolder(table)];
	const own = folders.map((folder) => `s3://${bucket}/${folder}`);
	return !own.some((folder) => location.startsWith(folder));
}

type ColumnDifference = Pick<Drift, 'name' | 'found' | 'expected'>;

function diffColumns(actual: CatalogTable, desired: DesiredTable): ColumnDifference[] {
	const types = (columns: readonly CatalogColumn[]) => new Map(columns.map(({ name, type }) => [name, type]));
	const found = types([...actual.definition.columns, ...actual.definition.partitionKeys]);
	const definition = glueDefinition(desired);
	const expected = types([...definition.columns, ...definition.partitionKeys]);
	return [...new Set([...expected.keys(), ...found.keys()])].flatMap((name) => {
		const difference = { name, found: found.get(name) ?? null, expected: expected.get(name) ?? null };
		return difference.found === difference.expected ? [] : [difference];
	});
}
