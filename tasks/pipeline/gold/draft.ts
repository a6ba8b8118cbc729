import { isDeepStrictEqual } from 'node:util';
import { type GoldTableName, goldTables } from '../../contracts';
import type { Change, PartitionEntry, Snapshot, TableManifest } from '../../lake';

/** Versions of what a partition was computed from, by name. */
export type Inputs = Readonly<Record<string, string>>;

/** Catalogues that some Gold partition was computed with: a partition each, named by its fingerprint. */
export const productNamesTable = 'internal_product_names';
/** The date on which each category first sold, as a fact of its one partition. */
export const firstSalesTable = 'internal_category_first_sale';
/** The first hour in which each product sold live on a date, as a fact of the date's partition. */
export const firstLiveSalesTable = 'internal_product_first_live_sale';
/** Partitions that came out without rows, by `table/partition`: they have no entry of their own to say so. */
const emptyTable = 'internal_empty_partitions';

const goldNames = Object.keys(goldTables) as GoldTableName[];
const goldName = (table: GoldTableName): string => goldTables[table].name;
const tableNames = [...goldNames.map(goldName), productNamesTable, firstSalesTable, firstLiveSalesTable, emptyTable];
type InternalTable = typeof productNamesTable | typeof firstSalesTable | typeof firstLiveSalesTable;

/** Gold as it was when a run took it up, and as the run is about to leave it. */
export class GoldDraft {
	private readonly now: Map<string, TableManifest['partitions']>;
	/** What can be read, or kept, of what was there. */
	private readonly intact: Map<string, TableManifest['partitions']>;

	private constructor(private readonly before: ReadonlyMap<string, TableManifest>) {
		const copies = () => [...before].map(([name, { partitions }]) => [name, { ...partitions }] as const);
		this.now = new Map(copies());
		this.intact = new Map(copies());
	}

	/** The tables of Gold, the internal ones too. */
	static readonly tables: readonly string[] = tableNames;

	static async of(snapshot: Snapshot): Promise<GoldDraft> {
		const manifests = await Promise.all(tableNames.map((name) => snapshot.table(name)));
		return new GoldDraft(new Map(tableNames.map((name, index) => [name, manifests[index] as TableManifest])));
	}

	/** A table as the run found it. */
	base(table: GoldTableName): TableManifest {
		const name = goldName(table);
		return { ...(this.before.get(name) as TableManifest), partitions: partitionsIn(this.intact, name) };
	}

	/** A table as it stands in the draft. */
	manifest(table: GoldTableName | InternalTable): TableManifest {
		const name = table in goldTables ? goldName(table as GoldTableName) : table;
		return { ...(this.before.get(name) as TableManifest), partitions: this.partitions(name) };
	}

	/** A partition as last computed; one that came out without rows has an entry without files. */
	entry(table: GoldTableName, partition: string): PartitionEntry | undefined {
		return this.partitions(goldName(table))[partition] ?? this.partitions(emptyTable)[emptyKey(table, partition)];
	}

	/** The partitions that a table has, those without rows included. */
	known(table: GoldTableName): string[] {
		const prefix = emptyKey(table, '');
		const empty = Object.keys(this.partitions(emptyTable)).filter((key) => key.startsWith(prefix));
		return [...Object.keys(this.partitions(goldName(table))), ...empty.map((key) => key.slice(prefix.length))];
	}

	/** Puts what a partition was computed to in its place; `rows` is undefined where it came out empty. */
	put(table: GoldTableName, partition: string, rows: PartitionEntry | undefined, inputs: Inputs): void {
		this.drop(table, partition);
		if (rows) this.set(goldName(table), partition, { ...rows, inputs });
		else this.set(emptyTable, emptyKey(table, partition), { ...withoutRows, inputs });
	}

	/** Says of a partition, whose rows stay, that they are as computed from these inputs. */
	confirm(table: GoldTableName, partition: string, inputs: Inputs): void {
		const entry = this.entry(table, partition);
		if (entry) this.put(table, partition, entry.files.length > 0 ? entry : undefined, inputs);
	}

	/** Takes a partition out. */
	drop(table: GoldTableName, partition: string): void {
		this.remove(goldName(table), partition);
		this.remove(emptyTable, emptyKey(table, partition));
	}

	/** Puts a partition back to what it was when the run took it up, as far as that is there. */
	restore(table: GoldTableName, partition: string): void {
		this.drop(table, partition);
		for (const [name, key] of [
			[goldName(table), partition],
			[emptyTable, emptyKey(table, partition)],
		] as const) {
			const entry = partitionsIn(this.intact, name)[key];
			if (entry) this.set(name, key, entry);
		}
	}

	/**
	 * Takes out the partitions in a scope, those of the internal tables too, so that they are computed afresh; of those
	 * whose files are not intact nothing is kept. Former catalogues are of every scope, and stay where they are intact.
	 */
	async forget(
		isInScope: (partition: string) => boolean,
		isIntact: (entry: PartitionEntry) => Promise<boolean>,
	): Promise<void> {
		for (const name of tableNames) {
			for (const [key, entry] of Object.entries(this.partitions(name))) {
				const partition = name === emptyTable ? key.slice(key.indexOf('/') + 1) : key;
				const isCatalogue = name === productNamesTable;
				if (!isCatalogue && !isInScope(partition)) continue;
				const kept = await isIntact(entry);
				if (!isCatalogue || !kept) delete this.partitions(name)[key];
				if (!kept) delete partitionsIn(this.intact, name)[key];
			}
		}
	}

	/** Whether a partition was there and has been taken out. */
	isForgotten(table: GoldTableName, partition: string): boolean {
		return this.before.get(goldName(table))?.partitions[partition] !== undefined && !this.entry(table, partition);
	}

	/** Puts a partition of an internal table in its place, or takes it out. */
	setInternal(table: InternalTable, partition: string, entry: PartitionEntry | undefined): void {
		if (entry) this.set(table, partition, entry);
		else this.remove(table, partition);
	}

	/** The Gold partitions, as `table/partition`, whose rows the run changes. */
	changed(): string[] {
		return goldNames.map(goldName).flatMap((name) => {
			const before = this.before.get(name)?.partitions ?? {};
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

	/** What is to be committed: tables that changed, and those `lost`, however they came out; null where there are none. */
	change(lost: readonly string[] = []): Change | null {
		const changed = tableNames.flatMap((name) => {
			const before = this.before.get(name) as TableManifest;
			const partitions = this.partitions(name);
			return isDeepStrictEqual(before.partitions, partitions) && !lost.includes(name)
				? []
				: [[name, { ...before, partitions }] as const];
		});
		return changed.length === 0 ? null : { tables: Object.fromEntries(changed) };
	}

	private partitions(name: string): TableManifest['partitions'] {
		return partitionsIn(this.now, name);
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
const emptyKey = (table: GoldTableName, partition: string): string => `${goldName(table)}/${partition}`;
const withoutRows: PartitionEntry = { version: 'empty', files: [], rows: 0, fingerprint: '0' };
