import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Lake, Snapshot } from '../../lake';
import { wholeBody } from '../../platform/aws/object-body';
import { mapConcurrently } from '../../platform/concurrency';
import { DataRefusedError } from '../../platform/errors';
import { compareTable, type Drift, type TablePlan } from './compare-table';
import { definitions } from './definition';
import { bronzePartitions, type DesiredTable, desiredTables, tablePartitions } from './desired-tables';
import { checkFooters, type Incompatibility, pickFilesToCheck, type ReadTail } from './footers';
import type { CatalogTable, GlueCatalog } from './glue-catalog';

const parallelTables = 4;

/** What one look at the lake and at the catalogue shows. */
export interface CatalogComparison {
	readonly snapshot: Snapshot;
	readonly desired: readonly DesiredTable[];
	readonly plans: readonly TablePlan[];
	readonly drift: readonly Drift[];
	/** Tables that claim to come from a head that the lake does not have. */
	readonly newerThanLake: readonly CatalogTable[];
}

export interface CrawlClients {
	readonly lake: Lake;
	readonly glue: GlueCatalog;
	readonly s3: S3Client;
	readonly bucket: string;
}

/**
 * Looks at both and says what has to change; changes nothing. `thorough` inspects a footer of every run that wrote
 * current files, instead of one of what is new.
 * Throws DataRefusedError where current files can't be read as the contract says.
 */
export async function compareCatalog(clients: CrawlClients, checkAllFooters: boolean): Promise<CatalogComparison> {
	const { lake, glue, bucket } = clients;
	// The catalogue first: whatever head a crawl has written there by now, the lake read afterwards has it.
	const actual = await glue.readTables(new Set(definitions.map(({ name }) => name)));
	const snapshot = await lake.newest();
	const isNewerThanLake = ({ head, location }: CatalogTable) =>
		head > snapshot.head.number && location.startsWith(`s3://${bucket}/`);
	const newerThanLake = [...actual.values()].filter(isNewerThanLake);
	const leftAlone = new Set(newerThanLake.map(({ definition }) => definition.name));
	const desired = (await desiredTables(snapshot, bucket)).filter(({ definition }) => !leftAlone.has(definition.name));
	const plans = await mapConcurrently(desired, parallelTables, async (table) => {
		const actualTable = actual.get(table.definition.name);
		const before = actualTable
			? await lastCrawledPartitions(clients, snapshot, table, actualTable)
			: new Map<string, string>();
		return compareTable(table, actualTable, before, bucket);
	});
	const footers = await mapConcurrently(plans, parallelTables, (plan) =>
		checkFooters(plan.desired, filesToCheck_(plan, checkAllFooters), tailReader(clients)),
	);
	refuseIncompatible(footers.flatMap(({ incompatible }) => incompatible));
	return {
		snapshot,
		desired,
		plans,
		drift: [...plans.flatMap(({ drift }) => drift), ...footers.flatMap(({ drift }) => drift)],
		newerThanLake: newerThanLake,
	};
}

/** Files whose footers are worth a look: all kinds where the columns changed, else one of what is new. */
function filesToCheck_(
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

/** The partitions of a table when crawl last wrote it; none where that version of the lake is gone. */
async function lastCrawledPartitions(
	{ lake, bucket }: CrawlClients,
	snapshot: Snapshot,
	{ definition: { name, format }, source, partitions }: DesiredTable,
	actual: CatalogTable,
): Promise<ReadonlyMap<string, string>> {
	if (actual.source === source) return partitions;
	if (actual.source === '') return new Map();
	const earlier = new Snapshot(lake.store, {
		...snapshot.head,
		tables: { [name]: actual.source },
		ledger: actual.source,
	});
	const read =
		format === 'json'
			? earlier.ledger().then((ledger) => bronzePartitions(ledger, name, bucket))
			: earlier.table(name).then((manifest) => tablePartitions(manifest, bucket));
	return read.catch(() => new Map());
}

const tailReader =
	({ s3, bucket }: CrawlClients): ReadTail =>
	async (key, bytes) => {
		const range = { Bucket: bucket, Key: key, Range: `bytes=-${bytes}` };
		const tail = await wholeBody(`s3://${bucket}/${key}`, () => s3.send(new GetObjectCommand(range)));
		return new Uint8Array(tail.bytes).buffer;
	};

function refuseIncompatible(incompatible: readonly Incompatibility[]): void {
	const [first] = incompatible;
	if (!first) return;
	const { table, column, key, actualTable, expected } = first;
	const others = incompatible.length > 1 ? ` (and ${incompatible.length - 1} more)` : '';
	throw new DataRefusedError(
		`${table}.${column} is ${actualTable} in ${key}${others}, but ${expected ?? 'no column'} in the contract: such files can't be read so. The catalogue is left as it was. Either take the change of the contract back, or write the table afresh ('shoplake rebuild' over all its dates, for Gold 'shoplake aggregate' after it) and crawl again.`,
	);
}
