import { type Contracts, productContracts, type Table } from '../contracts';
import type { ProjectConfig } from './define';

/** A project: what a user adds to the product's own tables and settings. */
export interface Project {
	/** Undefined where there is none: then the product's own tables are all there is. */
	readonly folder: string | undefined;
	readonly config: ProjectConfig;
	readonly goldTables: readonly ProjectGoldTable[];
	/** The product's contracts with the project's columns and datasets. */
	readonly contracts: Contracts;
}

/** A Gold table of a project, with its statement. */
export interface ProjectGoldTable {
	/** Without the layer. */
	readonly name: string;
	readonly table: Table;
	/** The columns that tell the rows of a partition apart. */
	readonly key: readonly string[];
	/** The statement's text and its file, relative to the project. */
	readonly sql: string;
	readonly file: string;
	/** The contract's file, relative to the project. */
	readonly contract: string;
	/** A statement whose rows are what is wrong with the table, and its file. */
	readonly audit: { readonly sql: string; readonly file: string } | undefined;
	readonly serving: ServingTarget | undefined;
}

/** A DynamoDB table that holds the rows of a Gold table. */
export interface ServingTarget {
	readonly table: string;
	/** Its partition key, then its sort key if it has one. */
	readonly key: readonly [string] | readonly [string, string];
}

/** The contracts of a project's Gold tables. */
export const listOwnTables = ({ goldTables }: Pick<Project, 'goldTables'>): Table[] =>
	goldTables.map(({ table }) => table);

export const noProject: Project = { folder: undefined, config: {}, goldTables: [], contracts: productContracts };
