import { type GoldTableName, goldTables } from '../../contracts';
import type { Change, PartitionEntry, Snapshot, TableManifest } from '../../lake';

/** Versions of what a partition was computed from, by name. */
export type Inputs = Readonly<Record<string, string>>;

/** Catalogues that some Gold partition was computed with: a partition each, named by its fingerprint. */
export const productNamesTable = 'internal_product_names';
/** The date on which each category first sold, as a fact of its one partition. */
export const firstSalesTable = 'internal_category_first_sale';
/** Partitions that came out without rows, by `table/partition`: they have no entry of their own to say so. */
const emptyTable = 'internal_empty_partitions';

const goldNames = Object.keys(goldTables) as GoldTableName[];
const goldName = (table: GoldTableName): string => goldTables[table].name;
const tableNames = [...goldNames.map(goldName), productNamesTable, firstSalesTable, emptyTable];

/** Gold as it was when a run took it up, and as the run is about to leave it. */
export class GoldDraft {
	private readonly now: Map<string, TableManifest['partitions']>;
	private readonly touched = new Set<string>();
	/** Partitions of `before` whose files are gone. */
	private readonly lost = new Map<string, Set<string>>();

	private constructor(private readonly before: ReadonlyMap<string, TableManifest>) {
		this.now = new Map([...before].map(([name, { partitions }]) => [name, { ...partitions }]));
	}

	static async of(snapshot: Snapshot): Promise<GoldDraft> {
		const manifests = await Promise.all(tableNames.map((name) => snapshot.table(name)));
		return new GoldDraft(new Map(tableNames.map((name, index) => [name, manifests[index] as TableManifest])));
	}

	/** A table as the run found it. */
	base(table: GoldTableName): TableManifest {
		return this.before.get(goldName(table)) as TableManifest;
	}

	/** A table as it stands in the draft. */
	manifest(table: GoldTableName | typeof productNamesTable | typeof firstSalesTable): TableManifest {
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

	/** Puts a partition of an internal table in its place, or takes it out. */
	setInternal(
		table: typeof productNamesTable | typeof firstSalesTable,
		partition: string,
		entry: PartitionEntry | undefined,
	): void {
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

	/** What is to be committed; null where nothing was done. */
	change(): Change | null {
		if (this.touched.size === 0) return null;
		const manifests = [...this.touched].map((name) => {
			const manifest: TableManifest = {
				...(this.before.get(name) as TableManifest),
				partitions: this.partitions(name),
			};
			return [name, manifest] as const;
		});
		return { tables: Object.fromEntries(manifests) };
	}

	private partitions(name: string): TableManifest['partitions'] {
		return this.now.get(name) as TableManifest['partitions'];
	}

	private set(name: string, partition: string, entry: PartitionEntry): void {
		this.partitions(name)[partition] = entry;
		this.touched.add(name);
	}

	private remove(name: string, partition: string): void {
		if (!(partition in this.partitions(name))) return;
		delete this.partitions(name)[partition];
		this.touched.add(name);
	}
}

const emptyKey = (table: GoldTableName, partition: string): string => `${goldName(table)}/${partition}`;
const withoutRows: PartitionEntry = { version: 'empty', files: [], rows: 0, fingerprint: '0' };
