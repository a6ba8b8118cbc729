import unsettledCustomers from '../../sql/gold/unsettled-customers.sql';
import { type Contracts, goldTableName, type ProductDataset, silverTable, type Table } from '../contracts';
import { neededBy } from '../engine';
import { parseStatement } from '../engine/statement';
import { emptyTable } from '../lake';
import { statementsOf } from '../pipeline/gold/daily-table';
import type { GoldModel } from '../pipeline/gold/gold-model';
import { emptyCatalogue, type GoldSources } from '../pipeline/gold/sources';
import { fill } from '../platform/duckdb/fill';
import { type AttachedInput, attachedInputs } from './attached-inputs';
import type { Making } from './lake-table';
import type { LineageParser } from './parse-select';
import { derivedRelation, inputRelation, type Relation, raise, type Source, unknownRelation } from './relation';

type Statements = Readonly<Record<string, string>>;
/** The tables of Silver by their names in SQL. */
type SilverTables = Readonly<Record<string, Table>>;

/** How each table of Gold is made, by its name without the layer. */
export async function deriveGold(
	model: GoldModel,
	{ datasets }: Contracts,
	parser: LineageParser,
): Promise<Map<string, Making>> {
	const silver = Object.fromEntries(Object.entries(datasets).map(([name, dataset]) => [name, silverTable(dataset)]));
	const makings = new Map<string, Making>();
	for (const { name, statements } of listComputed(model, silver)) {
		makings.set(name, await deriveGoldTable(name, { model, silver, statements, parser }));
	}
	return makings;
}

/** Every table of Gold with the statements that its computation has. */
function listComputed(
	{ dailyGroups, derivedTables }: GoldModel,
	silver: SilverTables,
): { name: string; statements: Statements }[] {
	const sources = emptySources(silver);
	const daily = dailyGroups.flatMap((group) =>
		Object.keys(group.tables).map((name) => ({ name, statements: statementsOf(group) })),
	);
	const derived = derivedTables.map(({ name, compute }) => ({
		name,
		statements: {
			...compute(sources).statements,
			...(name === 'customer_value' ? { unsettled_customers: unsettledCustomers } : {}),
		},
	}));
	return [...daily, ...derived];
}

/** Silver before the first batch: the statements of a computation are the same for all data. */
function emptySources(silver: SilverTables): GoldSources {
	const tables = Object.entries(silver).map(([name, table]) => ({ name, table, manifest: emptyTable(table.name) }));
	const manifests = Object.fromEntries(tables.map(({ table, manifest }) => [table.name, manifest]));
	return {
		...(manifests as Pick<GoldSources, `silver_${ProductDataset}`>),
		silver: new Map(tables.map(({ name, ...source }) => [name, source])),
		catalogueFingerprint: emptyCatalogue,
	};
}

interface Computing {
	readonly model: GoldModel;
	readonly silver: SilverTables;
	readonly statements: Statements;
	readonly parser: LineageParser;
}

async function deriveGoldTable(name: string, computing: Computing): Promise<Making> {
	const { model, statements } = computing;
	const own = goldTableName(name);
	const sql = statements[name] as string;
	const inputs = new TableInputs(name, computing);
	const made = await inputs.derive(sql);
	const { columns, partition } = model.tables[name] as Table;
	const names = [...columns.map((column) => column.name), ...(partition ? [partition.column] : [])];
	// A table that is brought up to date starts from its own rows, which come from the same columns.
	const fromOthers = (sources: readonly Source[]) => sources.filter(({ relation }) => relation !== own);
	const steps = neededBy(sql, statements).filter((step) => !Object.hasOwn(model.tables, step));
	return {
		about: partition
			? 'Computed for each date whose inputs have changed.'
			: 'One table over all dates, computed when an input has changed.',
		statements: [...steps, name].map((step) => ({ name: step, sql: (statements[step] as string).trim() })),
		columns: new Map(
			names.map((column) => {
				const from = made.derive(column);
				return [column, from && fromOthers(from)];
			}),
		),
		rows: fromOthers(made.rows),
		reads: [...inputs.read].filter((table) => table !== own),
	};
}

/** What the statements of one table of Gold read. */
class TableInputs {
	/** The tables that were read so far. */
	readonly read = new Set<string>();
	private readonly steps = new Map<string, Relation>();

	constructor(
		private readonly table: string,
		private readonly computing: Computing,
	) {}

	/** Where the columns of a statement come from, through those that it reads. */
	async derive(sql: string): Promise<Relation> {
		const inputs = new Map<string, Relation>();
		for (const input of parseStatement(sql).inputs) inputs.set(input, await this.find(input));
		return this.computing.parser.derive(fill(parseStatement(sql).sql, {}), inputs);
	}

	private async find(input: string): Promise<Relation> {
		const { model, silver, statements } = this.computing;
		const attached = attachedInputs[this.table]?.[input];
		if (attached) return this.attached(attached);
		const table = silver[input] ?? model.tables[input];
		if (table) return this.stored(table);
		const step = statements[input];
		if (step === undefined) return unknownRelation;
		const relation = this.steps.get(input) ?? (await this.derive(step));
		this.steps.set(input, relation);
		return relation;
	}

	private stored(table: Table): Relation {
		this.read.add(table.name);
		return inputRelation(table.name, columnNames(table));
	}

	private attached({ table, columns, computed = {} }: AttachedInput): Relation {
		const { model, silver } = this.computing;
		const stored = [...Object.values(silver), ...Object.values(model.tables)].find(({ name }) => name === table);
		const relation = this.stored(stored as Table);
		const renamed =
			columns === 'same'
				? (relation.columns ?? [])
				: Object.entries(columns).map(([name, column]) => ({ name, from: relation.derive(column) }));
		const added = Object.entries(computed).map(([name, column]) => ({
			name,
			from: raise(relation.derive(column), 'computed'),
		}));
		return derivedRelation([...renamed, ...added], relation);
	}
}

const columnNames = ({ columns, partition }: Table): string[] => [
	...columns.map(({ name }) => name),
	...(partition ? [partition.column] : []),
];
