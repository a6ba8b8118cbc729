import { digestOf, sourcesOf } from '../../engine';
import type { ProjectGoldTable } from '../../project';
import { ownDigest } from './own-digest';
import { type SilverName, sortSilver } from './sources';

/** Tables that are computed together from the same dates of Silver: a date is published in all of them or in none. */
export interface DailyGroup {
	/** The table of Silver whose dates they have. */
	readonly dates: SilverName;
	/** Statements whose results the tables share, by the names of these. */
	readonly steps: Readonly<Record<string, string>>;
	readonly tables: Readonly<Record<string, DailyStatement>>;
	/** Its rows are the figures on which the tables disagree. */
	readonly audit?: string;
	/**
	 * The table with the names and categories of products: its files tell which dates hold a product. Without one, each
	 * change of the catalogue makes the dates stale whose statements read it.
	 */
	readonly productTable?: string;
	/** The table of a project whose group this is. */
	readonly own?: ProjectGoldTable;
}

export interface DailyStatement {
	readonly sql: string;
	/** Figures to keep in the manifest: a row a date, with the partition column. */
	readonly stats?: string;
	/** A table of Silver that the statement reads, but whose changes leave its rows the same. */
	readonly unaffectedBy?: SilverName;
}

/** A table that is computed date by date. */
export interface DailyTable {
	readonly name: string;
	readonly group: DailyGroup;
	/** What a date is computed from. Without the first there is no such date. */
	readonly inputs: readonly SilverName[];
	/** Of its statement and of those that it reads. */
	readonly statement: string;
}

/** The statements of a group, by the names of their results. */
export const statementsOf = ({ steps, tables }: DailyGroup): Record<string, string> => ({
	...steps,
	...Object.fromEntries(Object.entries(tables).map(([name, { sql }]) => [name, sql])),
});

export function listDailyTables(group: DailyGroup): DailyTable[] {
	const statements = statementsOf(group);
	return Object.entries(group.tables).map(([name, { sql, unaffectedBy }]) => {
		const read = sourcesOf(sql, statements);
		const others = sortSilver(read).filter((source) => source !== group.dates && source !== unaffectedBy);
		return {
			name,
			group,
			inputs: [group.dates, ...others],
			statement: group.own ? ownDigest(group.own, statements) : digestOf(sql, statements),
		};
	});
}
