import { type CatalogColumn, definitionFingerprint } from './definition';
import type { DesiredTable } from './desired-tables';
import type { CatalogTable } from './glue-catalog';

/**
 * A difference between the catalogue and what `crawl` last left there: somebody else's change. The kind `footer` is a
 * difference between a file of the lake and the contract: the file is older than the contract, and nobody changed it.
 */
export interface Drift {
	readonly table: string;
	readonly kind: 'column' | 'partition' | 'location' | 'definition' | 'footer';
	/** The column or the partition. */
	readonly name: string;
	/** What is there; null where nothing is. */
	readonly found: string | null;
	/** What should be there; null where nothing should be. */
	readonly expected: string | null;
}

/** What has to be done to one table of the catalogue. */
export interface TablePlan {
	readonly desired: DesiredTable;
	readonly actual: CatalogTable | undefined;
	/** The definition, location or version recorded in the catalogue is not the desired one. */
	readonly needsDefinition: boolean;
	/** The columns in the catalogue are not the contract's, for whatever reason. */
	readonly columnsDiffer: boolean;
	readonly partitionsToCreate: readonly string[];
	readonly partitionsToMove: readonly string[];
	readonly partitionsToDelete: readonly string[];
	readonly drift: readonly Drift[];
}

/**
 * Compares one table of the catalogue with what it should be.
 * `before` gives the partitions of the version that the catalogue was last made from (empty where that is unknown):
 * by it a partition that is new is told from one that somebody dropped.
 */
export function compareTable(
	desired: DesiredTable,
	actual: CatalogTable | undefined,
	lastCrawled: ReadonlyMap<string, string>,
	bucket: string,
): TablePlan {
	const { definition, partitions } = desired;
	const found = actual?.partitions ?? new Map<string, { location: string; fingerprint: string }>();
	const fingerprint = definitionFingerprint(definition);
	const partitionsToCreate = [...partitions.keys()].filter((value) => !found.has(value));
	const partitionsToDelete = [...found.keys()].filter((value) => !partitions.has(value));
	const partitionsToMove = [...partitions].flatMap(([value, location]) => {
		const there = found.get(value);
		return there && (there.location !== location || there.fingerprint !== fingerprint) ? [value] : [];
	});
	const isChangedByHand = actual !== undefined && definitionFingerprint(actual.definition) !== actual.fingerprint;
	const drift: Drift[] = [];
	const note = (kind: Drift['kind'], name: string, found: string | null, expected: string | null) =>
		drift.push({ table: definition.name, kind, name, found, expected });
	if (actual && isChangedByHand) {
		const columns = diffColumns(actual, desired);
		for (const { name, found, expected } of columns) note('column', name, found, expected);
		if (columns.length === 0) note('definition', definition.name, 'changed by hand', 'as in the contract');
	}
	if (actual) {
		if (actual.location !== desired.location && isOutsideTable(actual.location, definition.name, bucket)) {
			note('location', definition.name, actual.location, desired.location);
		}
		for (const value of partitionsToCreate) {
			if (lastCrawled.has(value)) note('partition', value, null, partitions.get(value) ?? null);
		}
		for (const value of partitionsToDelete) {
			if (!lastCrawled.has(value)) note('partition', value, found.get(value)?.location ?? null, null);
		}
		for (const value of partitionsToMove) {
			const location = found.get(value)?.location ?? '';
			if (isOutsideTable(location, definition.name, bucket)) {
				note('location', value, location, partitions.get(value) ?? null);
			}
		}
	}
	return {
		desired,
		actual,
		needsDefinition:
			actual === undefined ||
			isChangedByHand ||
			actual.fingerprint !== fingerprint ||
			actual.location !== desired.location ||
			actual.source !== desired.source,
		columnsDiffer: actual !== undefined && diffColumns(actual, desired).length > 0,
		partitionsToCreate: partitionsToCreate,
		partitionsToMove: partitionsToMove,
		partitionsToDelete: partitionsToDelete,
		drift,
	};
}

/** Where a crawl may have put a table or a partition: its own folders in this bucket. */
function isOutsideTable(location: string, table: string, bucket: string): boolean {
	const [layer, ...name] = table.split('_');
	const own = [`s3://${bucket}/${layer}/${name.join('_')}/`, `s3://${bucket}/current/${table}/`];
	return !own.some((folder) => location.startsWith(folder));
}

function diffColumns(
	actual: CatalogTable,
	desired: DesiredTable,
): { name: string; found: string | null; expected: string | null }[] {
	const types = (columns: readonly CatalogColumn[]) => new Map(columns.map(({ name, type }) => [name, type]));
	const found = types([...actual.definition.columns, ...actual.definition.partitionKeys]);
	const expected = types([...desired.definition.columns, ...desired.definition.partitionKeys]);
	return [...new Set([...expected.keys(), ...found.keys()])].flatMap((name) => {
		const difference = { name, found: found.get(name) ?? null, expected: expected.get(name) ?? null };
		return difference.found === difference.expected ? [] : [difference];
	});
}
