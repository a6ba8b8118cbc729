import { isDeepStrictEqual } from 'node:util';
import { goldTableName, type Table } from '../../contracts';
import {
	type Change,
	goldInternals,
	type PartitionEntry,
	type Snapshot,
	type TableManifest,
	timeZoneOf,
} from '../../lake';

/** Versions of what a partition was computed from, by name. */
export type InputVersions = Readonly<Record<string, string>>;

/** The catalogues that Gold's partitions were computed with: one partition each, named by its fingerprint. */
export const usedCataloguesTable = goldInternals.productNames;
/** The date on which each category first sold, in the stats of its one partition. */
export const firstSalesTable = goldInternals.firstSales;
/** The first hour in which each product sold live on a date, in the stats of the date's partition. */
export const firstLiveSalesTable = goldInternals.firstLiveSales;
/** Computed partitions without rows, by `table/partition`: their own tables have no entry for them. */
const emptyPartitionsTable = goldInternals.emptyPartitions;

const internalTables = [usedCataloguesTable, firstSalesTable, firstLiveSalesTable, emptyPartitionsTable] as const;
type InternalTable = typeof usedCataloguesTable | typeof firstSalesTable | typeof firstLiveSalesTable;
const isInternal = (table: string): boolean => (internalTables as readonly string[]).includes(table);

/** The tables of Gold by name, without the layer. */
export type GoldTables = Readonly<Record<string, Table>>;

/** The manifests of Gold, with those of the internal tables. */
export const listStagedTables = (tables: GoldTables): string[] => [
	...Object.keys(tables).map(goldTableName),
	...internalTables,
];

/** Gold as the run found it (the base), and as the run will commit it (staged). */
export class StagedSnapshot {
	private readonly staged: Map<string, TableManifest['partitions']>;
	/** The base without partitions whose files are lost or damaged. */
	private readonly intact: Map<string, TableManifest['partitions']>;

	private constructor(
		/** Every table of Gold, by name. */
		readonly tables: GoldTables,
		private readonly base: ReadonlyMap<string, TableManifest>,
		/** The zone of the shop's days. */
		readonly timeZone: string,
	) {
		const copies = () => [...base].map(([name, { partitions }]) => [name, { ...partitions }] as const);
		this.staged = new Map(copies());
		this.intact = new Map(copies());
	}

	/** The staged snapshot of a run that starts from this state; nothing has changed yet. */
	static async load(snapshot: Snapshot, tables: GoldTables): Promise<StagedSnapshot> {
		const tableNames = listStagedTables(tables);
		const manifests = await Promise.all(tableNames.map((name) => snapshot.table(name)));
		return new StagedSnapshot(
			tables,
			new Map(tableNames.map((name, index) => [name, manifests[index] as TableManifest])),
			timeZoneOf(snapshot.head),
		);
	}

	/** A table as the run found it, without what is lost or damaged. */
	baseManifest(table: string): TableManifest {
		const name = goldTableName(table);
		return { ...(this.base.get(name) as TableManifest), partitions: partitionsIn(this.intact, name) };
	}

	/** A table as staged. */
	manifest(table: string): TableManifest {
		const name = isInternal(table) ? table : goldTableName(table);
		return { ...(this.base.get(name) as TableManifest), partitions: this.partitions(name) };
	}

	/** A partition as last computed; one that came out without rows has an entry without files. */
	entry(table: string, partition: string): PartitionEntry | undefined {
		return (
			this.partitions(goldTableName(table))[partition] ??
			this.partitions(emptyPartitionsTable)[emptyKey(table, partition)]
		);
	}

	/** The partitions that a table has, those without rows included. */
	listPartitions(table: string): string[] {
		return this.listEntries(table).map(([partition]) => partition);
	}

	/** The same with their entries. */
	listEntries(table: string): [string, PartitionEntry][] {
		const prefix = emptyKey(table, '');
		const empty = Object.entries(this.partitions(emptyPartitionsTable)).flatMap(
			([key, entry]): [string, PartitionEntry][] => (key.startsWith(prefix) ? [[key.slice(prefix.length), entry]] : []),
		);
		return [...Object.entries(this.partitions(goldTableName(table))), ...empty];
	}

	/** Stages a computed partition; `rows` is undefined where it has none. */
	put(table: string, partition: string, rows: PartitionEntry | undefined, inputs: InputVersions): void {
		this.drop(table, partition);
		if (rows) this.set(goldTableName(table), partition, { ...rows, inputs });
		else this.set(emptyPartitionsTable, emptyKey(table, partition), { ...withoutRows, inputs });
	}

	/** Records that a partition's rows are also what these inputs give. */
	markUnchanged(table: string, partition: string, inputs: InputVersions): void {
		const entry = this.entry(table, partition);
		if (entry) this.put(table, partition, entry.files.length > 0 ? entry : undefined, inputs);
	}

	/** Removes a partition. */
	drop(table: string, partition: string): void {
		this.remove(goldTableName(table), partition);
		this.remove(emptyPartitionsTable, emptyKey(table, partition));
	}

	/** Reverts a partition to its base; removes it if that is lost or damaged. */
	revert(table: string, partition: string): void {
		this.drop(table, partition);
		for (const [name, key] of [
			[goldTableName(table), partition],
			[emptyPartitionsTable, emptyKey(table, partition)],
		] as const) {
			const entry = partitionsIn(this.intact, name)[key];
			if (entry) this.set(name, key, entry);
		}
	}

	/**
	 * Removes the partitions in a scope, those of internal tables too, so that they are recomputed. A partition whose files
	 * are not intact is removed from the base as well. Catalogues belong to every scope; intact ones stay.
	 */
	async invalidate(
		isInScope: (partition: string) => boolean,
		isIntact: (entry: PartitionEntry) => Promise<boolean>,
	): Promise<void> {
		for (const name of listStagedTables(this.tables)) {
			for (const [key, entry] of Object.entries(this.partitions(name))) {
				const partition = name === emptyPartitionsTable ? key.slice(key.indexOf('/') + 1) : key;
				const isCatalogue = name === usedCataloguesTable;
				if (!isCatalogue && !isInScope(partition)) continue;
				const kept = await isIntact(entry);
				if (!isCatalogue || !kept) delete this.partitions(name)[key];
				if (!kept) delete partitionsIn(this.intact, name)[key];
			}
		}
	}

	/** Whether a partition was there and has been removed. */
	isInvalidated(table: string, partition: string): boolean {
		return this.base.get(goldTableName(table))?.partitions[partition] !== undefined && !this.entry(table, partition);
	}

	/** Stages a partition of an internal table; removes it where `entry` is undefined. */
	setInternal(table: InternalTable, partition: string, entry: PartitionEntry | undefined): void {
		if (entry) this.set(table, partition, entry);
		else this.remove(table, partition);
	}

	/** The Gold partitions, as `table/partition`, whose rows the run changes. */
	listChanged(): string[] {
		return Object.keys(this.tables)
			.map(goldTableName)
			.flatMap((name) => {
				const before = this.base.get(name)?.partitions ?? {};
				const now = this.partitions(name);
				const all = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
				return all
					.filter((partition) => before[partition]?.version !== now[partition]?.version)
					.map((partition) => `${name}/${partition}`);
			});
	}

	/** How many rows these Gold partitions, as `table/partition`, have now. */
	countRows(partitions: readonly string[]): number {
		const rows = partitions.map((path) => {
			const slash = path.indexOf('/');
			return this.partitions(path.slice(0, slash))[path.slice(slash + 1)]?.rows ?? 0;
		});
		return rows.reduce((sum, one) => sum + one, 0);
	}

	/** The change to commit: tables that changed, and those whose manifests were `damaged`; null where there are none. */
	toChange(damaged: readonly string[] = []): Change | null {
		const changed = listStagedTables(this.tables).flatMap((name) => {
			const before = this.base.get(name) as TableManifest;
			const partitions = this.partitions(name);
			return isDeepStrictEqual(before.partitions, partitions) && !damaged.includes(name)
				? []
				: [[name, { ...before, partitions }] as const];
		});
		return changed.length === 0 ? null : { tables: Object.fromEntries(changed) };
	}

	private partitions(name: string): TableManifest['partitions'] {
		return partitionsIn(this.staged, name);
	}

	private set(name: string, partition: string, entry: PartitionEntry): void {
		this.partitions(name)[partition] = entry;
	}

	private remove(name: string, partition: string): void {
		delete this.partitions(name)[partition];
	}
}

const partitionsIn = (tables: ReadonlyMap<string, TableManifest['partitions']>, name: string) =>
	tables.get(name) as TableManifest['partitions'];
const emptyKey = (table: string, partition: string): string => `${goldTableName(table)}/${partition}`;
const withoutRows: PartitionEntry = { version: 'empty', files: [], rows: 0, fingerprint: '0' };
