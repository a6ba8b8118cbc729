import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import {
	composeContracts,
	type Dataset,
	datasets,
	goldTables,
	type OwnContracts,
	type ProductDataset,
	type Table,
} from '../contracts';
import { ConfigurationError } from '../platform/errors';
import { projectFile } from '../platform/project-folder';
import { checkStatements } from './check-statements';
import { columnsSchema, datasetSchema } from './contract-schema';
import type { ColumnsDefinition, DatasetDefinition, GoldTableDefinition, ProjectConfig } from './define';
import { loadModule } from './load-module';
import type { Project, ProjectGoldTable } from './project';
import { columnName, configSchema, describeFault, goldTableSchema } from './schema';

const contractFile = /\.(ts|mts|js|mjs)$/;
/** Columns that a table of dates may be partitioned by, with what they mean. */
type Partitions = Readonly<Record<string, string>>;

const productPartitions: Partitions = {
	order_date: 'The UTC date of the orders.',
	event_date: 'The UTC date of the events.',
	sale_date: 'The UTC date of the live sales.',
};

/**
 * Loads a project: its settings, and the Gold tables of `contracts/` with their statements. Throws ConfigurationError, with
 * the file and the key, where something is wrong with them.
 */
export async function loadProject(folder: string): Promise<Project> {
	if (!existsSync(join(folder, projectFile))) {
		throw new ConfigurationError(`SHOPLAKE_PROJECT=${folder}: there is no ${projectFile} in this folder.`);
	}
	const config = parse(configSchema, await loadModule(join(folder, projectFile), projectFile), projectFile);
	const names = existsSync(join(folder, 'contracts')) ? await readdir(join(folder, 'contracts')) : [];
	const files = names.filter((name) => contractFile.test(name) && !name.endsWith('.d.ts')).sort();
	const definitions: { readonly file: string; readonly loaded: unknown }[] = [];
	const columns: OwnContracts['columns'][number][] = [];
	const own: OwnContracts['datasets'][number][] = [];
	for (const file of files.map((name) => `contracts/${name}`)) {
		const loaded = await loadModule(join(folder, file), file);
		if (isKind('columns', loaded)) columns.push(readColumns(file, loaded));
		else if (isKind('dataset', loaded)) own.push(readDataset(file, loaded));
		else definitions.push({ file, loaded });
	}
	const partitions = listPartitions(own);
	const tables: ProjectGoldTable[] = [];
	for (const { file, loaded } of definitions) tables.push(await readGoldTable(folder, file, loaded, partitions));
	checkNames([
		...tables.map(({ name, contract }) => [`the table gold_${name}`, contract] as const),
		...columns.map(({ dataset, file }) => [`columns of ${dataset}`, file] as const),
		...own.map(({ dataset, file }) => [`the dataset ${dataset.name}`, file] as const),
	]);
	checkStatements(tables);
	checkTargets(tables);
	const contracts = composeContracts({ columns, datasets: own });
	return { folder, config: config as ProjectConfig, goldTables: tables, contracts };
}

const isKind = (kind: string, loaded: unknown): boolean => (loaded as { kind?: unknown } | null)?.kind === kind;

/** The name of a table or a dataset: that of its file. */
function nameByFile(contract: string): string {
	const name = basename(contract).replace(contractFile, '').replaceAll('-', '_');
	if (columnName.test(name)) return name;
	throw new ConfigurationError(
		`${contract}: the name of a table or a dataset is its file's: lower-case letters, digits and _ or -.`,
	);
}

function readColumns(file: string, loaded: unknown): OwnContracts['columns'][number] {
	const dataset = nameByFile(file);
	if (!isProductDataset(dataset)) {
		throw new ConfigurationError(
			`${file}: columns are added to a dataset of shoplake, and the file is named after it: ${Object.keys(datasets).join(', ')}. A dataset of your own is made by defineDataset.`,
		);
	}
	const { columns } = parse(columnsSchema, loaded, file) as ColumnsDefinition;
	const { fields, derived, partition }: Dataset = datasets[dataset];
	const known = [...Object.keys(fields), ...derived.map(({ name }) => name), ...(partition ? [partition.column] : [])];
	const taken = Object.keys(columns).find((name) => known.includes(name));
	if (taken === undefined) return { file, dataset, fields: columns };
	throw new ConfigurationError(
		`${file}: columns.${taken}: shoplake has a column ${taken} of ${dataset} of its own. Give yours another name.`,
	);
}

function readDataset(file: string, loaded: unknown): OwnContracts['datasets'][number] {
	const name = nameByFile(file);
	if (isProductDataset(name)) {
		throw new ConfigurationError(
			`${file}: shoplake has a dataset ${name} of its own. Give the file another name, or add columns to it by defineColumns.`,
		);
	}
	const {
		kind: _,
		version = 1,
		...definition
	} = parse(datasetSchema, loaded, file) as DatasetDefinition & { kind: string };
	return { file, dataset: { name, version, derived: [], ...definition } };
}

/** Throws ConfigurationError where two datasets have one partition column: it has to tell which dates a table has. */
function listPartitions(own: OwnContracts['datasets']): Partitions {
	const known = new Map(Object.entries(productPartitions));
	for (const { file, dataset } of own) {
		const { column, description } = dataset.partition;
		if (known.has(column)) {
			throw new ConfigurationError(
				`${file}: partition.column: '${column}' is the date of another dataset. Give it a name of its own.`,
			);
		}
		known.set(column, description);
	}
	return Object.fromEntries(known);
}

const isProductDataset = (name: string): name is ProductDataset => Object.hasOwn(datasets, name);

async function readGoldTable(
	folder: string,
	contract: string,
	loaded: unknown,
	partitions: Partitions,
): Promise<ProjectGoldTable> {
	const base = basename(contract).replace(contractFile, '');
	const name = nameByFile(contract);
	if (name in goldTables) {
		throw new ConfigurationError(
			`${contract}: shoplake has a table gold_${name} of its own. Give the file another name.`,
		);
	}
	const definition = parse(goldTableSchema(Object.keys(partitions)), loaded, contract) as GoldTableDefinition;
	const file = `sql/gold/${base}.sql`;
	const audit = `sql/gold/${base}.audit.sql`;
	if (!existsSync(join(folder, file))) {
		throw new ConfigurationError(`${contract}: there is no ${file}, the statement that computes the table.`);
	}
	return {
		name,
		table: goldTable(name, definition, partitions),
		key: definition.key,
		sql: await readFile(join(folder, file), 'utf8'),
		file,
		contract,
		audit: existsSync(join(folder, audit))
			? { sql: await readFile(join(folder, audit), 'utf8'), file: audit }
			: undefined,
		serving: definition.serving,
	};
}

function goldTable(
	name: string,
	{ description, partition, columns }: GoldTableDefinition,
	partitions: Partitions,
): Table {
	return {
		name: `gold_${name}`,
		layer: 'gold',
		description,
		columns: Object.entries(columns).map(([name, { type, description, nullable = false }]) => ({
			name,
			type,
			description,
			nullable,
		})),
		partition: partition === null ? null : { column: partition, description: partitions[partition] ?? '' },
	};
}

function parse<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new ConfigurationError(`${file}: ${describeFault(parsed.error)}.`);
}

/** `defined`: what each file defines, and the file. */
function checkNames(defined: readonly (readonly [what: string, file: string])[]): void {
	const known = new Map<string, string>();
	for (const [what, file] of defined) {
		const other = known.get(what);
		if (other) throw new ConfigurationError(`${file}: ${other} defines ${what}, too.`);
		known.set(what, file);
	}
}

/** DynamoDB tables of the product. */
const ownTables = ['CategoryKPIs', 'OrderKPIs', 'Products', 'OrderTable', 'StockData'];

/** Two tables in one DynamoDB table would delete each other's items. */
function checkTargets(tables: readonly ProjectGoldTable[]): void {
	const taken = new Map(ownTables.map((name) => [name, 'shoplake itself']));
	for (const { contract, serving } of tables) {
		if (!serving) continue;
		const owner = taken.get(serving.table);
		if (owner) throw new ConfigurationError(`${contract}: serving.table: ${owner} writes to ${serving.table}.`);
		taken.set(serving.table, contract);
	}
}
