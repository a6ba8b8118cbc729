import type { TableColumn } from '../contracts';
import type { Derivation, Source } from './relation';

/** Where a table stands on the way of the data. */
export type Layer = 'records' | 'bronze' | 'silver' | 'gold' | 'live' | 'serving';

/** A column, with the rules that a record has to keep. */
export interface LakeColumn extends TableColumn {
	/** In words. */
	readonly rules: readonly string[];
	readonly isPartition?: boolean;
}

/** A statement by which a table is made. */
export interface MakingStatement {
	/** The name of its result in other statements. */
	readonly name: string;
	readonly sql: string;
}

/** How a table is made, as far as the catalogue can tell. */
export interface Making {
	/** In words, for people. */
	readonly about: string;
	/** Its statement, and before it those whose results it reads. */
	readonly statements: readonly MakingStatement[];
	/** What each column comes from: columns of other tables, by their ids. */
	readonly columns: ReadonlyMap<string, Derivation>;
	/** The columns of other tables that decide which rows it has. */
	readonly rows: readonly Source[];
	/** The ids of the tables that it is made from. */
	readonly reads: readonly string[];
}

/** A table, or what a source sends: a box in the picture of the lineage. */
export interface LakeTable {
	/** Unique in the lake, and the name of its page: the table's name, or `records_orders` for what sources send. */
	readonly id: string;
	/** As users know it. */
	readonly name: string;
	readonly layer: Layer;
	readonly description: string;
	readonly columns: readonly LakeColumn[];
	/** The columns that tell its rows apart; empty where no contract says so. */
	readonly key: readonly string[];
	readonly making: Making;
}
