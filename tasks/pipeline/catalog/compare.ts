import { type CatalogColumn, definitionFingerprint } from './definition';
import type { DesiredTable } from './desired';
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
	readonly redefine: boolean;
	/** The columns in the catalogue are not the contract's, for whatever reason. */
	readonly columnsChange: boolean;
	readonly create: readonly string[];
	readonly move: readonly string[];
	readonly remove: readonly string[];
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
	before: ReadonlyMap<string, string>,
	bucket: string,
): TablePlan {
	const { definition, partitions } = desired;
	const found = actual?.partitions ?? new Map<string, { location: string; fingerprint: string }>();
	const fingerprint = definitionFingerprint(definition);
	const create = [...partitions.keys()].filter((value) => !found.has(value));
	const remove = [...found.keys()].filter((value) => !partitions.has(value));
	const move = [...partitions].flatMap(([value, location]) => {
		const there = found.get(value);
		return there && (there.location !== location || there.fingerprint !== fingerprint) ? [value] : [];
	});
	const tampered = actual !== undefined && definitionFingerprint(actual.definition) !== actual.fingerprint;
	const drift: Drift[] = [];
	const note = (kind: Drift['kind'], name: string, found: string | null, expected: string | null) =>
		drift.push({ table: definition.name, kind, name, found, expected });
	if (actual && tampered) {
		const columns = columnDrift(actual, desired);
		for (const { name, found, expected } of columns) note('column', name, found, expected);
		if (columns.length === 0) note('definition', definition.name, 'changed by hand', 'as in the contract');
	}
	if (actual) {
		if (actual.location !== desired.location && isForeign(actual.location, definition.name, bucket)) {
			note('location', definition.name, actual.location, desired.location);
		}
		for (const value of create) {
			if (before.has(value)) note('partition', value, null, partitions.get(value) ?? null);
		}
		for (const value of remove) {
			if (!before.has(value)) note('partition', value, found.get(value)?.location ?? null, null);
		}
		for (const value of move) {
			const location = found.get(value)?.location ?? '';
			if (isForeign(location, definition.name, bucket)) {
				note('location', value, location, partitions.get(value) ?? null);
			}
		}
	}
	return {
		desired,
		actual,
		redefine:
			actual === undefined ||
			tampered ||
			actual.fingerprint !== fingerprint ||
			actual.location !== desired.location ||
			actual.source !== desired.source,
		columnsChange: actual !== undefined && columnDrift(actual, desired).length > 0,
		create,
		move,
		remove,
		drift,
	};
}

/** Where a crawl may have put a table or a partition: its own folders in this bucket. */
function isForeign(location: string, table: string, bucket: string): boolean {
	const [layer, ...name] = table.split('_');
	const own = [`s3://${bucket}/${layer}/${name.join('_')}/`, `s3://${bucket}/current/${table}/`];
	return !own.some((folder) => location.startsWith(folder));
}

function columnDrift(
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
