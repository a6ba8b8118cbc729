import {
	BatchCreatePartitionCommand,
	BatchUpdatePartitionCommand,
	CreateDatabaseCommand,
	CreateTableCommand,
	DeletePartitionCommand,
	type GlueClient,
	GlueServiceException,
	type PartitionError,
	paginateGetPartitions,
	paginateGetTables,
	type Table,
	UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { mapConcurrently } from '../shared/concurrency';
import type { FoundDefinition } from './definition';
import type { DesiredTable } from './desired';
import { definitionIn, parameter, partitionInput, tableInput } from './glue-table';

/** A table as Glue has it. */
export interface CatalogTable {
	readonly definition: FoundDefinition;
	/** The fingerprint of the definition that crawl gave it; undefined where another hand made the table. */
	readonly fingerprint: string | undefined;
	/** The head whose state crawl last wrote here; 0 where it never did. */
	readonly head: number;
	/** The manifest or ledger it was made from. */
	readonly source: string;
	readonly location: string;
	readonly partitions: ReadonlyMap<string, { readonly location: string; readonly fingerprint: string }>;
	/** For Glue's optimistic check. */
	readonly versionId: string | undefined;
	/** Parameters of whatever origin; those that aren't crawl's own are kept. */
	readonly parameters: Readonly<Record<string, string>>;
}

/** Another crawl or somebody's console got in between: look again. */
export class CatalogMovedError extends Error {}

/** Limits of one request, from the Glue API reference. */
const createLimit = 100;
const updateLimit = 100;
const parallelRequests = 4;

/** One Glue database: what it holds, and the changes that crawl makes to it. */
export class GlueCatalog {
	constructor(
		private readonly glue: GlueClient,
		private readonly database: string,
	) {}

	/** Makes the database where it does not exist. */
	async ensureDatabase(): Promise<void> {
		try {
			await this.glue.send(
				new CreateDatabaseCommand({ DatabaseInput: { Name: this.database, Description: 'The shoplake lakehouse.' } }),
			);
		} catch (error) {
			if (!isNamed(error, 'AlreadyExistsException')) throw error;
		}
	}

	/** The tables of these names that exist, with all their partitions. */
	async tables(names: ReadonlySet<string>): Promise<Map<string, CatalogTable>> {
		const found: Table[] = [];
		try {
			for await (const page of paginateGetTables({ client: this.glue }, { DatabaseName: this.database })) {
				found.push(...(page.TableList ?? []).filter(({ Name }) => Name !== undefined && names.has(Name)));
			}
		} catch (error) {
			if (isNamed(error, 'EntityNotFoundException')) return new Map();
			throw error;
		}
		const read = await mapConcurrently(found, parallelRequests, (table) => this.withPartitions(table));
		return new Map(read.map((table) => [table.definition.name, table]));
	}

	/** Creates or replaces a table's definition. Throws CatalogMovedError where somebody else did meanwhile. */
	async define(desired: DesiredTable, actual: CatalogTable | undefined, head: number): Promise<void> {
		const { definition } = desired;
		const TableInput = tableInput(desired, { database: this.database, head, kept: actual?.parameters ?? {} });
		const target = { DatabaseName: this.database, TableInput };
		try {
			await this.glue.send(
				actual === undefined
					? new CreateTableCommand(target)
					: new UpdateTableCommand({ ...target, VersionId: actual.versionId, SkipArchive: true }),
			);
		} catch (error) {
			if (isNamed(error, 'AlreadyExistsException', 'ConcurrentModificationException', 'EntityNotFoundException')) {
				throw new CatalogMovedError(`${definition.name}: ${(error as Error).message}`);
			}
			throw error;
		}
	}

	/** Adds partitions. Throws CatalogMovedError where one of them is there already. */
	async createPartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		const target = { DatabaseName: this.database, TableName: table.definition.name };
		await mapConcurrently(chunks(values, createLimit), parallelRequests, async (chunk) => {
			const PartitionInputList = chunk.map((value) => partitionInput(table, value));
			const { Errors } = await this.glue.send(new BatchCreatePartitionCommand({ ...target, PartitionInputList }));
			refuse(table, Errors);
		});
	}

	/** Points partitions to their current version. Throws CatalogMovedError where one of them is gone. */
	async movePartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		const target = { DatabaseName: this.database, TableName: table.definition.name };
		await mapConcurrently(chunks(values, updateLimit), parallelRequests, async (chunk) => {
			const Entries = chunk.map((value) => ({
				PartitionValueList: [value],
				PartitionInput: partitionInput(table, value),
			}));
			const { Errors } = await this.glue.send(new BatchUpdatePartitionCommand({ ...target, Entries }));
			refuse(table, Errors);
		});
	}

	/** Removes partitions one by one (few ever vanish); one that is gone already is no error. */
	async removePartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		await mapConcurrently(values, parallelRequests, async (value) => {
			try {
				await this.glue.send(
					new DeletePartitionCommand({
						DatabaseName: this.database,
						TableName: table.definition.name,
						PartitionValues: [value],
					}),
				);
			} catch (error) {
				if (!isNamed(error, 'EntityNotFoundException')) throw error;
			}
		});
	}

	private async withPartitions(table: Table): Promise<CatalogTable> {
		const definition = definitionIn(table);
		const partitions = new Map<string, { location: string; fingerprint: string }>();
		const query = { DatabaseName: this.database, TableName: definition.name, ExcludeColumnSchema: true };
		if (definition.partitionKeys.length > 0) {
			for await (const page of paginateGetPartitions({ client: this.glue }, query)) {
				for (const { Values, StorageDescriptor, Parameters } of page.Partitions ?? []) {
					partitions.set((Values ?? []).join('/'), {
						location: StorageDescriptor?.Location ?? '',
						fingerprint: Parameters?.[parameter.definition] ?? '',
					});
				}
			}
		}
		const parameters = table.Parameters ?? {};
		return {
			definition,
			fingerprint: parameters[parameter.definition],
			head: Number(parameters[parameter.head] ?? 0),
			source: parameters[parameter.source] ?? '',
			location: table.StorageDescriptor?.Location ?? '',
			partitions,
			versionId: table.VersionId,
			parameters,
		};
	}
}

function refuse(
	{ definition }: DesiredTable,
	errors: readonly { ErrorDetail?: PartitionError['ErrorDetail'] }[] | undefined,
): void {
	const [first] = errors ?? [];
	if (!first) return;
	const { ErrorCode, ErrorMessage } = first.ErrorDetail ?? {};
	if (ErrorCode === 'AlreadyExistsException' || ErrorCode === 'EntityNotFoundException') {
		throw new CatalogMovedError(`${definition.name}: ${ErrorMessage}`);
	}
	throw new Error(`Glue refused a partition of ${definition.name}: ${ErrorCode} ${ErrorMessage}`);
}

const isNamed = (error: unknown, ...names: string[]): boolean =>
	error instanceof GlueServiceException && names.includes(error.name);

function chunks<T>(items: readonly T[], size: number): T[][] {
	const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
	return starts.map((start) => items.slice(start, start + size));
}
