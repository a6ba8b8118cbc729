import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type AttributeValue, DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import {
	BatchCreatePartitionCommand,
	CreateTableCommand,
	GlueClient,
	type PartitionInput,
	paginateGetPartitions,
	paginateGetTables,
	type TableInput,
} from '@aws-sdk/client-glue';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { mapConcurrently } from '../../../tasks/platform/concurrency';

const run = promisify(execFile);
const parallel = 16;
/** DynamoDB's tables of a stack. */
const tableNames = ['CategoryKPIs', 'OrderKPIs', 'Products', 'OrderTable', 'StockData'];

interface CatalogTable {
	readonly table: TableInput;
	readonly partitions: readonly PartitionInput[];
}
type Items = Readonly<Record<string, readonly Record<string, AttributeValue>[]>>;

/** The parts of an AWS that a stack fills, on the AWS of the environment. */
export interface StackState {
	readonly bucket: string;
	/** The Glue database. */
	readonly database: string;
}

/** Saves the objects of a bucket, the tables of a Glue database and the items of DynamoDB into an archive. */
export async function saveState({ bucket, database }: StackState, archive: string): Promise<void> {
	await inFolder(async (folder) => {
		await saveObjects(bucket, join(folder, 'objects'));
		await writeFile(join(folder, 'catalog.json'), JSON.stringify(await readCatalog(database)));
		await writeFile(join(folder, 'items.json'), JSON.stringify(await readItems()));
		const flags = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner'];
		await run('tar', [...flags, '--use-compress-program=gzip -9n', '-cf', archive, '-C', folder, '.']);
	});
}

/** Writes what `saveState` has saved into a stack that has the same bucket and database. */
export async function restoreState(archive: string, { bucket, database }: StackState): Promise<void> {
	await inFolder(async (folder) => {
		await run('tar', ['-xzf', archive, '-C', folder]);
		await restoreObjects(join(folder, 'objects'), bucket);
		await restoreCatalog(JSON.parse(await readFile(join(folder, 'catalog.json'), 'utf8')), database);
		await restoreItems(JSON.parse(await readFile(join(folder, 'items.json'), 'utf8')));
	});
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-release-'));
	try {
		await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

const openS3 = () => new S3Client({ forcePathStyle: true });

async function saveObjects(Bucket: string, folder: string): Promise<void> {
	const s3 = openS3();
	for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
		await mapConcurrently(Contents, parallel, async ({ Key = '' }) => {
			const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
			await mkdir(dirname(join(folder, Key)), { recursive: true });
			await writeFile(join(folder, Key), (await Body?.transformToByteArray()) ?? '');
		});
	}
}

async function restoreObjects(folder: string, Bucket: string): Promise<void> {
	const s3 = openS3();
	const entries = await readdir(folder, { recursive: true, withFileTypes: true });
	const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
	await mapConcurrently(paths, parallel, async (path) => {
		const Key = path.slice(folder.length + 1);
		await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }));
	});
}

async function readCatalog(DatabaseName: string): Promise<CatalogTable[]> {
	const client = new GlueClient({});
	const tables: CatalogTable[] = [];
	for await (const { TableList = [] } of paginateGetTables({ client }, { DatabaseName })) {
		for (const { Name = '', Description, Owner, StorageDescriptor, PartitionKeys, ...more } of TableList) {
			const { TableType, Parameters, ViewOriginalText, ViewExpandedText } = more;
			const partitions: PartitionInput[] = [];
			for await (const page of paginateGetPartitions({ client }, { DatabaseName, TableName: Name })) {
				partitions.push(...(page.Partitions ?? []).map(partitionInput));
			}
			const view = { ViewOriginalText, ViewExpandedText };
			const table = { Name, Description, Owner, StorageDescriptor, PartitionKeys, TableType, Parameters, ...view };
			tables.push({ table, partitions });
		}
	}
	return tables;
}

const partitionInput = ({ Values, StorageDescriptor, Parameters }: PartitionInput): PartitionInput => ({
	Values,
	StorageDescriptor,
	Parameters,
});

async function restoreCatalog(tables: readonly CatalogTable[], DatabaseName: string): Promise<void> {
	const client = new GlueClient({});
	for (const { table, partitions } of tables) {
		await client.send(new CreateTableCommand({ DatabaseName, TableInput: table }));
		const PartitionInputList = [...partitions];
		if (PartitionInputList.length === 0) continue;
		const { Errors = [] } = await client.send(
			new BatchCreatePartitionCommand({ DatabaseName, TableName: table.Name, PartitionInputList }),
		);
		if (Errors.length > 0) throw new Error(`Partitions of ${table.Name} can't be restored: ${JSON.stringify(Errors)}`);
	}
}

async function readItems(): Promise<Items> {
	const client = new DynamoDBClient({});
	const items: Record<string, Record<string, AttributeValue>[]> = {};
	for (const TableName of tableNames) {
		const found: Record<string, AttributeValue>[] = [];
		for await (const { Items = [] } of paginateScan({ client }, { TableName })) found.push(...Items);
		items[TableName] = found;
	}
	return items;
}

async function restoreItems(items: Items): Promise<void> {
	const client = new DynamoDBClient({});
	const puts = Object.entries(items).flatMap(([TableName, rows]) => rows.map((Item) => ({ TableName, Item })));
	await mapConcurrently(puts, parallel, (put) => client.send(new PutItemCommand(put)));
}
