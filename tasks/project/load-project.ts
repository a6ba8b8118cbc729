import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { z } from 'zod';
import { goldTables, type Table } from '../contracts';
import { ConfigurationError } from '../platform/errors';
import { projectFile } from '../platform/project-folder';
import { checkStatements } from './check-statements';
import type { GoldTableDefinition, ProjectConfig } from './define';
import { loadModule } from './load-module';
import type { Project, ProjectGoldTable } from './project';
import { columnName, configSchema, describeFault, goldTableSchema } from './schema';

const contractFile = /\.(ts|mts|js|mjs)$/;
const partitionDescriptions = {
	order_date: 'The UTC date of the orders.',
	event_date: 'The UTC date of the events.',
	sale_date: 'The UTC date of the live sales.',
} as const;

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
	const tables: ProjectGoldTable[] = [];
	for (const file of files) tables.push(await loadGoldTable(folder, `contracts/${file}`));
	checkNames(tables);
	checkStatements(tables);
	checkTargets(tables);
	return { folder, config: config as ProjectConfig, goldTables: tables };
}

async function loadGoldTable(folder: string, contract: string): Promise<ProjectGoldTable> {
	const base = basename(contract).replace(contractFile, '');
	const name = base.replaceAll('-', '_');
	if (!columnName.test(name)) {
		throw new ConfigurationError(`${contract}: a table's name is its file's: lower-case letters, digits and _ or -.`);
	}
	if (name in goldTables) {
		throw new ConfigurationError(
			`${contract}: shoplake has a table gold_${name} of its own. Give the file another name.`,
		);
	}
	const loaded = await loadModule(join(folder, contract), contract);
	const definition = parse(goldTableSchema, loaded, contract) as GoldTableDefinition;
	const file = `sql/gold/${base}.sql`;
	const audit = `sql/gold/${base}.audit.sql`;
	if (!existsSync(join(folder, file))) {
		throw new ConfigurationError(`${contract}: there is no ${file}, the statement that computes the table.`);
	}
	return {
		name,
		table: goldTable(name, definition),
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

function goldTable(name: string, { description, partition, columns }: GoldTableDefinition): Table {
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
		partition: partition && { column: partition, description: partitionDescriptions[partition] },
	};
}

function parse<T>(schema: z.ZodType<T>, value: unknown, file: string): T {
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	throw new ConfigurationError(`${file}: ${describeFault(parsed.error)}.`);
}

function checkNames(tables: readonly ProjectGoldTable[]): void {
	const known = new Map<string, string>();
	for (const { name, contract } of tables) {
		const other = known.get(name);
		if (other) throw new ConfigurationError(`${contract}: ${other} defines the table gold_${name}, too.`);
		known.set(name, contract);
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
