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
import { isRetryable } from '../../platform/failure';
import { type Retries, withRetries } from '../../platform/retry';
import type { FoundDefinition } from './definition';
import type { DesiredTable } from './desired-tables';
import { parameter, parseDefinition, partitionInput, tableInput } from './glue-table';

/** A table as Glue has it. */
export interface CatalogTable {
	readonly definition: FoundDefinition;
	/** The fingerprint of the definition that crawl wrote; undefined where crawl did not create the table. */
	readonly fingerprint: string | undefined;
	/** The head that crawl last wrote here; 0 where it never did. */
	readonly head: number;
	/** The manifest or ledger it was made from. */
	readonly source: string;
	readonly location: string;
	readonly partitions: ReadonlyMap<string, { readonly location: string; readonly fingerprint: string }>;
	/** The table's version in Glue, for optimistic locking. */
	readonly versionId: string | undefined;
	/** All table parameters; those that aren't crawl's own are kept. */
	readonly parameters: Readonly<Record<string, string>>;
}

/** Retries of a request that collides with another one on the same table; about 3 s of waiting in all. */
const retries: Retries = {
	tries: 6,
	firstMs: 100,
	longestMs: 2000,
	mayPass: (error) => isNamed(error, 'ConcurrentModificationException', 'ResourceNotReadyException'),
};
/** Errors of a request where somebody else was faster. */
const raceErrors = [
	...['AlreadyExistsException', 'ConcurrentModificationException', 'EntityNotFoundException'],
	...['ResourceNotReadyException', 'VersionMismatchException'],
];

/** Another crawl or a person changed the catalogue at the same time: it has to be compared again. */
export class CatalogChangedError extends Error {}

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
	 * Sends a request; retries it where another one changes the same table at that moment. Throws CatalogChangedError where
	 * the retries are used up, where the request's object is gone, and where what it creates exists by now.
	 */
	private send<T>(table: string, request: () => Promise<T>): Promise<T> {
		return withRetries(retries, request).catch(throwIfRaced(table));
	}

	/** Creates the database unless it exists. */
	async ensureDatabase(): Promise<void> {
		const DatabaseInput = { Name: this.database, Description: 'The shoplake lakehouse.' };
		try {
			await withRetries(retries, () => this.glue.send(new CreateDatabaseCommand({ DatabaseInput })));
		} catch (error) {
			if (!isNamed(error, 'AlreadyExistsException')) throw error;
		}
	}

	/** The tables of these names that exist, with all their partitions. */
	async readTables(names: Pick<ReadonlySet<string>, 'has'>): Promise<Map<string, CatalogTable>> {
		const found: Table[] = [];
		try {
			for await (const page of paginateGetTables({ client: this.glue }, { DatabaseName: this.database })) {
				found.push(...(page.TableList ?? []).filter(({ Name }) => Name !== undefined && names.has(Name)));
			}
		} catch (error) {
			if (isNamed(error, 'EntityNotFoundException')) return new Map();
			throw error;
		}
		const read = await mapConcurrently(found, parallelRequests, (table) => this.readPartitions(table));
		return new Map(read.map((table) => [table.definition.name, table]));
	}

	/** Creates or replaces a table's definition. Throws CatalogChangedError where somebody else has changed it since. */
	async define(desired: DesiredTable, actual: CatalogTable | undefined, head: number): Promise<void> {
		const { definition } = desired;
		const TableInput = tableInput(desired, { database: this.database, head, kept: actual?.parameters ?? {} });
		const target = { DatabaseName: this.database, TableInput };
		// Not retried: an outdated version stays outdated.
		const sent =
			actual === undefined
				? this.glue.send(new CreateTableCommand(target))
				: this.glue.send(new UpdateTableCommand({ ...target, VersionId: actual.versionId, SkipArchive: true }));
		await (sent as Promise<unknown>).catch(throwIfRaced(definition.name));
	}

	/** Creates partitions. Throws CatalogChangedError where one of them exists already. */
	async createPartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		const target = { DatabaseName: this.database, TableName: table.definition.name };
		await mapConcurrently(chunks(values, createLimit), parallelRequests, async (chunk) => {
			const PartitionInputList = chunk.map((value) => partitionInput(table, value));
			const request = new BatchCreatePartitionCommand({ ...target, PartitionInputList });
			const { Errors } = await this.send(table.definition.name, () => this.glue.send(request));
			throwPartitionErrors(table, Errors);
		});
	}

	/** Points partitions to the locations of their current versions. Throws CatalogChangedError where one is gone. */
	async movePartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
		const target = { DatabaseName: this.database, TableName: table.definition.name };
		await mapConcurrently(chunks(values, updateLimit), parallelRequests, async (chunk) => {
			const Entries = chunk.map((value) => ({
				PartitionValueList: [value],
				PartitionInput: partitionInput(table, value),
			}));
			const request = new BatchUpdatePartitionCommand({ ...target, Entries });
			const { Errors } = await this.send(table.definition.name, () => this.glue.send(request));
			throwPartitionErrors(table, Errors);
		});
	}

	/** Deletes partitions one by one (few ever vanish); one that is gone already is not an error. */
	async deletePartitions(table: DesiredTable, values: readonly string[]): Promise<void> {
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

	private async readPartitions(table: Table): Promise<CatalogTable> {
		const definition = parseDefinition(table);
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

function throwPartitionErrors(
	{ definition }: DesiredTable,
	errors: readonly { ErrorDetail?: PartitionError['ErrorDetail'] }[] | undefined,
): void {
	const codes = (errors ?? []).map(({ ErrorDetail = {} }) => ErrorDetail);
	// An error that comparing again can't help comes first.
	const [first] = codes.filter(({ ErrorCode = '' }) => !isWorthComparingAgain(ErrorCode)).concat(codes);
	if (!first) return;
	const { ErrorCode = 'Unknown', ErrorMessage = '' } = first;
	if (isWorthComparingAgain(ErrorCode))
		throw new CatalogChangedError(`${definition.name}: ${ErrorCode} ${ErrorMessage}`);
	const message = `Glue refused a partition of ${definition.name}: ${ErrorMessage}`;
	throw Object.assign(new Error(message), { name: ErrorCode });
}

/** Whether Glue refused a partition because of a race or a passing failure. */
const isWorthComparingAgain = (code: string): boolean => raceErrors.includes(code) || isRetryable({ name: code });

const throwIfRaced = (table: string) => (error: unknown) => {
	if (!isNamed(error, ...raceErrors)) throw error;
	throw new CatalogChangedError(`${table}: ${(error as Error).message}`);
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
