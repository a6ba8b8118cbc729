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
import { mapConcurrently } from '../../platform/concurrency';
import { isPassing } from '../../platform/failure';
import { type Retries, withRetries } from '../../platform/retry';
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

/** Tries of one request that meets another one at the same table; about 3 s of waiting in all. */
const retries: Retries = {
	tries: 6,
	firstMs: 100,
	longestMs: 2000,
	mayPass: (error) => isNamed(error, 'ConcurrentModificationException', 'ResourceNotReadyException'),
};
/** What a request is answered where somebody else was faster. */
const raced = [
	...['AlreadyExistsException', 'ConcurrentModificationException', 'EntityNotFoundException'],
	...['ResourceNotReadyException', 'VersionMismatchException'],
];

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

	/**
	 * Sends a request. Where another crawl or a person has changed the same table at that moment it is sent again, a few
	 * times; throws CatalogMovedError where that goes on, and where what it is about is gone, or there by now.
	 */
	private send<T>(table: string, request: () => Promise<T>): Promise<T> {
		return withRetries(retries, request).catch(movedIfRaced(table));
	}

	/** Makes the database where it does not exist. */
	async ensureDatabase(): Promise<void> {
		const DatabaseInput = { Name: this.database, Description: 'The shoplake lakehouse.' };
		try {
			await withRetries(retries, () => this.glue.send(new CreateDatabaseCommand({ DatabaseInput })));
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
		// Not sent again: a version that was overtaken stays so.
		const sent =
			actual === undefined
				? this.glue.send(new CreateTableCommand(target))
				: this.glue.send(new UpdateTableCommand({ ...target, VersionId: actual.versionId, SkipArchive: true }));
		await (sent as Promise<unknown>).catch(movedIfRaced(definition.name));
	}

	/** Adds partitions. Throws CatalogMovedError where one of them is there already. */
	async createPartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		const target = { DatabaseName: this.database, TableName: table.definition.name };
		await mapConcurrently(chunks(values, createLimit), parallelRequests, async (chunk) => {
			const PartitionInputList = chunk.map((value) => partitionInput(table, value));
			const request = new BatchCreatePartitionCommand({ ...target, PartitionInputList });
			const { Errors } = await this.send(table.definition.name, () => this.glue.send(request));
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
			const request = new BatchUpdatePartitionCommand({ ...target, Entries });
			const { Errors } = await this.send(table.definition.name, () => this.glue.send(request));
			refuse(table, Errors);
		});
	}

	/** Removes partitions one by one (few ever vanish); one that is gone already is no error. */
	async removePartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		await mapConcurrently(values, parallelRequests, async (value) => {
			const target = { DatabaseName: this.database, TableName: table.definition.name, PartitionValues: [value] };
			await this.send(table.definition.name, async () => {
				try {
					await this.glue.send(new DeletePartitionCommand(target));
				} catch (error) {
					if (!isNamed(error, 'EntityNotFoundException')) throw error;
				}
			});
		});
	}

	private async withPartitions(table: Table): Promise<CatalogTable> {
		const definition = definitionIn(table);
		const partitions = new Map<string, { location: string; fingerprint: string }>();
		const query = { DatabaseName: this.database, TableName: definition.name, ExcludeColumnSchema: true };
		if (definition.partitionKeys.length > 0) {
			for (const page of await this.send(definition.name, () =>
				collectPages(paginateGetPartitions({ client: this.glue }, query)),
			)) {
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
	const codes = (errors ?? []).map(({ ErrorDetail = {} }) => ErrorDetail);
	// What no further look can help comes first.
	const [first] = codes.filter(({ ErrorCode = '' }) => !mayHelpToLookAgain(ErrorCode)).concat(codes);
	if (!first) return;
	const { ErrorCode = 'Unknown', ErrorMessage = '' } = first;
	if (mayHelpToLookAgain(ErrorCode)) throw new CatalogMovedError(`${definition.name}: ${ErrorCode} ${ErrorMessage}`);
	const message = `Glue refused a partition of ${definition.name}: ${ErrorMessage}`;
	throw Object.assign(new Error(message), { name: ErrorCode });
}

/** Whether a partition was refused for a race, or because Glue had no time for it. */
const mayHelpToLookAgain = (code: string): boolean => raced.includes(code) || isPassing({ name: code });

const movedIfRaced = (table: string) => (error: unknown) => {
	if (!isNamed(error, ...raced)) throw error;
	throw new CatalogMovedError(`${table}: ${(error as Error).message}`);
};

const isNamed = (error: unknown, ...names: string[]): boolean =>
	error instanceof GlueServiceException && names.includes(error.name);

async function collectPages<T>(pages: AsyncIterable<T>): Promise<T[]> {
	const read: T[] = [];
	for await (const page of pages) read.push(page);
	return read;
}

function chunks<T>(items: readonly T[], size: number): T[][] {
	const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, index) => index * size);
	return starts.map((start) => items.slice(start, start + size));
}
