/** How a value gets from one column to another. */
export type How = 'copied' | 'computed' | 'aggregated';

/** A column of a relation that a value comes from. */
export interface Source {
	/** The relation, as the one that hands it in names it. */
	readonly relation: string;
	/** Null where the value depends on which rows there are, and on no column of theirs: `count(*)`. */
	readonly column: string | null;
	readonly how: How;
}

/** What a value comes from; undefined where the statement doesn't tell. */
export type Derivation = readonly Source[] | undefined;

/** A column of a relation; two may have one name, or none. */
export interface DerivedColumn {
	readonly name: string;
	readonly from: Derivation;
}

/** What a name in a statement stands for: an input, or the rows of a part of the statement. */
export interface Relation {
	/** Its columns in their order; undefined where they are not known. */
	readonly columns: readonly DerivedColumn[] | undefined;
	/** Whether it has a column: undefined where its columns are not known. */
	readonly has: (column: string) => boolean | undefined;
	readonly derive: (column: string) => Derivation;
	/** The columns that decide which rows it has: those of joins, filters and groups. */
	readonly rows: readonly Source[];
	/** What `count(*)` over it depends on: the rows of these relations. */
	readonly counted: readonly Source[];
}

const order: readonly How[] = ['copied', 'computed', 'aggregated'];

/** The stronger of two: what is copied from a sum is a sum. */
export const strongest = (a: How, b: How): How => (order.indexOf(a) < order.indexOf(b) ? b : a);

/** Several sources as one list: of equal ones the strongest. Undefined where one of the parts is not derived. */
export function unite(parts: readonly Derivation[]): Derivation {
	const known = new Map<string, Source>();
	for (const part of parts) {
		if (part === undefined) return undefined;
		for (const source of part) {
			const key = JSON.stringify([source.relation, source.column]);
			const other = known.get(key);
			known.set(key, other ? { ...source, how: strongest(source.how, other.how) } : source);
		}
	}
	return [...known.values()];
}

/** The same sources, each at least as strong as `how`. */
export const raise = (derivation: Derivation, how: How): Derivation =>
	derivation?.map((source) => ({ ...source, how: strongest(source.how, how) }));

/** An input of a statement: a relation whose values come from nowhere else. Names of columns are case-insensitive. */
export function inputRelation(name: string, columns?: readonly string[]): Relation {
	const known = columns && new Set(columns.map((column) => column.toLowerCase()));
	const derive = (column: string): Derivation => [{ relation: name, column: column.toLowerCase(), how: 'copied' }];
	return {
		columns: columns?.map((column) => ({ name: column, from: derive(column) })),
		has: (column) => known?.has(column.toLowerCase()),
		derive,
		rows: [],
		counted: [{ relation: name, column: null, how: 'aggregated' }],
	};
}

/** A relation whose columns are derived one by one. */
export function derivedRelation(
	columns: readonly DerivedColumn[],
	{ rows, counted }: Pick<Relation, 'rows' | 'counted'>,
): Relation {
	const byName = new Map(columns.map(({ name, from }) => [name.toLowerCase(), from]));
	return {
		columns,
		has: (column) => byName.has(column.toLowerCase()),
		derive: (column) => byName.get(column.toLowerCase()),
		rows,
		counted,
	};
}

/** A relation about which the statement tells nothing. */
export const unknownRelation: Relation = {
	columns: undefined,
	has: () => undefined,
	derive: () => undefined,
	rows: [],
	counted: [],
};
