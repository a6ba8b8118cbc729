import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Lake, Snapshot } from '../../lake';
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
}

/**
 * Compares the catalogue with the newest head and the contracts; changes nothing. Checks the footer of one new file of
 * each table; with `checkAllFooters` that of one file of every run that wrote current files.
 * Throws DataRefusedError where current files can't be read as the contract says.
 */
export async function compareCatalog(clients: CrawlClients, checkAllFooters: boolean): Promise<CatalogComparison> {
	const { lake, glue, bucket, definitions } = clients;
	// The catalogue is read first: the lake, read afterwards, has every head that a crawl has recorded there by then.
	const actual = await glue.readTables(new Set(definitions.map(({ name }) => name)));
	const snapshot = await lake.newest();
	const isNewerThanLake = ({ head, location }: CatalogTable) =>
		head > snapshot.head.number && location.startsWith(`s3://${bucket}/`);
	const newerThanLake = [...actual.values()].filter(isNewerThanLake);
	const leftAlone = new Set(newerThanLake.map(({ definition }) => definition.name));
	const desired = (await desiredTables(snapshot, bucket, definitions)).filter(
		({ definition }) => !leftAlone.has(definition.name),
	);
	const plans = await mapConcurrently(desired, parallelTables, async (table) => {
		const actualTable = actual.get(table.definition.name);
		const lastCrawled = actualTable
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
		drift: [...plans.flatMap(({ drift }) => drift), ...footers.flatMap(({ drift }) => drift)],
		newerThanLake,
	};
}

/** Files whose footers are to be checked: of every run where the columns changed, else one of the new files. */
function listFilesToCheck(
	{ desired, needsDefinition, columnsDiffer, partitionsToCreate, partitionsToMove }: TablePlan,
	checkAllFooters: boolean,
): string[] {
	if (checkAllFooters || columnsDiffer) return pickFilesToCheck(desired, desired.files.keys(), true);
	const isWhole = desired.definition.partitionKeys.length === 0;
	return pickFilesToCheck(
		desired,
		isWhole && needsDefinition ? desired.files.keys() : [...partitionsToCreate, ...partitionsToMove],
		false,
	);
}

/** The partitions that a table had when it was last crawled; none where that version of the lake is gone. */
async function lastCrawledPartitions(
	{ lake, bucket }: CrawlClients,
	snapshot: Snapshot,
	{ definition: { name }, source, partitions }: DesiredTable,
	actual: CatalogTable,
): Promise<ReadonlyMap<string, string>> {
	if (actual.source === source) return partitions;
	if (actual.source === '') return new Map();
	const earlier = new Snapshot(lake.store, {
		...snapshot.head,
		tables: { [name]: actual.source },
		ledger: actual.source,
	});
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
