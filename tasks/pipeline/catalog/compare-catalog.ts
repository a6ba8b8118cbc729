import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { checkOwnFields, type Lake, type Snapshot } from '../../lake';
import { keyOf } from '../../lake/iceberg/metadata';
import { checkMetadata } from '../../lake/iceberg/published';
import { readBody } from '../../platform/aws/object-body';
import { mapConcurrently } from '../../platform/concurrency';
import { DataRefusedError } from '../../platform/errors';
import { compareTable, type Drift, type TablePlan } from './compare-table';
import { datasetInBronze, type TableDefinition } from './definition';
import { bronzePartitions, type DesiredTable, desiredTables, tablePartitions } from './desired-tables';
import { checkFooters, type Incompatibility, pickFilesToCheck, type ReadTail } from './footers';
import type { CatalogTable, GlueCatalog } from './glue-catalog';

const parallelTables = 4;

/** How the Glue catalogue differs from one state of the lake. */
export interface CatalogComparison {
	readonly snapshot: Snapshot;
	readonly desired: readonly DesiredTable[];
	readonly plans: readonly TablePlan[];
	readonly drift: readonly Drift[];
	/** Tables that the catalogue has from a later head than the lake's newest: a crawl leaves them alone. */
	readonly newerThanLake: readonly CatalogTable[];
}

export interface CrawlClients {
	readonly lake: Lake;
	readonly glue: GlueCatalog;
	readonly s3: S3Client;
	readonly bucket: string;
	/** The tables that the catalogue is to have. */
	readonly definitions: readonly TableDefinition[];
	/** Whether plain folders of the current versions are kept, and with them the partitions of Iceberg tables in Glue. */
	readonly mirror: boolean;
}

/**
 * Compares the catalogue with the newest head and the contracts; changes nothing. Checks the footer of one new file of
 * each table; with `checkAllFooters` that of one file of every run that wrote current files.
 * Throws DataRefusedError where current files can't be read as the contract says.
 */
export async function compareCatalog(clients: CrawlClients, checkAllFooters: boolean): Promise<CatalogComparison> {
	const { lake, glue, bucket, mirror, definitions } = clients;
	// The catalogue is read first: the lake, read afterwards, has every head that a crawl has recorded there by then.
	const found = await glue.readTables(new Set(definitions.map(({ name }) => name)));
	const damaged = checkAllFooters ? await listDamagedMetadata(clients, found.values()) : [];
	const actual = withoutDamaged(found, damaged);
	const snapshot = await lake.newest();
	// Readers of the tables would lose columns.
	checkOwnFields(lake.contracts, await snapshot.ledger());
	const isNewerThanLake = ({ head, location }: CatalogTable) =>
		head > snapshot.head.number && location.startsWith(`s3://${bucket}/`);
	const newerThanLake = [...actual.values()].filter(isNewerThanLake);
	const leftAlone = new Set(newerThanLake.map(({ definition }) => definition.name));
	const desired = (await desiredTables(snapshot, bucket, { isHive: mirror, wanted: definitions })).filter(
		({ definition }) => !leftAlone.has(definition.name),
	);
	const plans = await mapConcurrently(desired, parallelTables, async (table) => {
		const actualTable = actual.get(table.definition.name);
		const lastCrawled =
			actualTable && hasOtherPartitions(table, actualTable)
				? await lastCrawledPartitions(clients, snapshot, table, actualTable)
				: new Map<string, string>();
		return compareTable(table, actualTable, lastCrawled, bucket);
	});
	const footers = await mapConcurrently(plans, parallelTables, (plan) =>
		checkFooters(plan.desired, listFilesToCheck(plan, checkAllFooters), tailReader(clients)),
	);
	refuseIncompatible(footers.flatMap(({ incompatible }) => incompatible));
	return {
		snapshot,
		desired,
		plans,
		drift: [...damaged, ...plans.flatMap(({ drift }) => drift), ...footers.flatMap(({ drift }) => drift)],
		newerThanLake,
	};
}

/** What is wrong with the Iceberg metadata that the catalogue names and crawl has published. */
async function listDamagedMetadata(
	{ lake }: CrawlClients,
	tables: Iterable<CatalogTable>,
): Promise<(Drift & { readonly kind: 'metadata' })[]> {
	const damage = await mapConcurrently(
		[...tables],
		parallelTables,
		async ({ definition, metadataLocation, published }) => {
			if (published === undefined || metadataLocation !== published) return [];
			const found = await checkMetadata(lake.store, keyOf(published));
			const table = definition.name;
			return found.map(({ key, problem }) => ({
				table,
				kind: 'metadata' as const,
				name: key,
				found: problem,
				expected: null,
			}));
		},
	);
	return damage.flat();
}

/** The tables as if those with damaged metadata had none. */
function withoutDamaged(
	tables: ReadonlyMap<string, CatalogTable>,
	damaged: readonly Drift[],
): ReadonlyMap<string, CatalogTable> {
	const names = new Set(damaged.map(({ table }) => table));
	const nothing = { metadataLocation: undefined, published: undefined };
	return new Map([...tables].map(([name, table]) => [name, names.has(name) ? { ...table, ...nothing } : table]));
}

/** Files whose footers are to be checked: of every run where the columns changed, else one of the new files. */
function listFilesToCheck(
	{ desired, needsDefinition, columnsDiffer, partitionsToCreate, partitionsToMove }: TablePlan,
	checkAllFooters: boolean,
): string[] {
	if (checkAllFooters || columnsDiffer) return pickFilesToCheck(desired, desired.files.keys(), true);
	if (desired.open?.isHive === false) return needsDefinition ? listNewFiles(desired) : [];
	const isWhole = desired.definition.partitionKeys.length === 0;
	return pickFilesToCheck(
		desired,
		isWhole && needsDefinition ? desired.files.keys() : [...partitionsToCreate, ...partitionsToMove],
		false,
	);
}

/** One of the files that the run wrote which made the newest manifest; none where that run only removed some. */
function listNewFiles(desired: DesiredTable): string[] {
	const [attempt] = desired.source.split('/').at(-1)?.split('-') ?? [];
	const files = [...desired.files].map(
		([value, refs]) => [value, refs.filter(({ key }) => key.split('/').at(-2)?.startsWith(`v=${attempt}`))] as const,
	);
	return pickFilesToCheck({ ...desired, files: new Map(files) }, desired.files.keys(), false);
}

/** Whether a table has partitions that it should not have, or lacks some: the last crawl tells whether somebody changed them. */
const hasOtherPartitions = ({ partitions }: DesiredTable, actual: CatalogTable): boolean =>
	partitions.size !== actual.partitions.size || [...partitions.keys()].some((value) => !actual.partitions.has(value));

/** The partitions that a table had when it was last crawled; none where that version of the lake is gone. */
async function lastCrawledPartitions(
	{ lake, bucket }: CrawlClients,
	snapshot: Snapshot,
	{ definition: { name }, source, partitions }: DesiredTable,
	actual: CatalogTable,
): Promise<ReadonlyMap<string, string>> {
	if (actual.source === source) return partitions;
	if (actual.source === '') return new Map();
	const head = { ...snapshot.head, tables: { [name]: actual.source }, ledger: actual.source };
	const earlier = lake.snapshot(head);
	const read = datasetInBronze(name)
		? earlier.ledger().then((ledger) => bronzePartitions(ledger, name, bucket))
		: earlier.table(name).then((manifest) => tablePartitions(manifest, bucket));
	return read.catch(() => new Map());
}

const tailReader =
	({ s3, bucket }: CrawlClients): ReadTail =>
	async (key, bytes) => {
		const range = { Bucket: bucket, Key: key, Range: `bytes=-${bytes}` };
		const tail = await readBody(`s3://${bucket}/${key}`, () => s3.send(new GetObjectCommand(range)));
		return new Uint8Array(tail.bytes).buffer;
	};

function refuseIncompatible(incompatible: readonly Incompatibility[]): void {
	const [first] = incompatible;
	if (!first) return;
	const { table, column, key, found, expected } = first;
	const others = incompatible.length > 1 ? ` (and ${incompatible.length - 1} more)` : '';
	throw new DataRefusedError(
		`${table}.${column} is ${found} in ${key}${others}, but ${expected ?? 'no column'} in the contract: such files can't be read so. The catalogue is left as it was. Either revert the change of the contract, or rewrite the table ('shoplake rebuild' over all its dates, for Gold 'shoplake aggregate' after it) and crawl again.`,
	);
}
