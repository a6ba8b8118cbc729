import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Lake, Snapshot } from '../../lake';
import { wholeBody } from '../../platform/aws/object-body';
import { mapConcurrently } from '../../platform/concurrency';
import { DataRefusedError } from '../../platform/errors';
import { compareTable, type Drift, type TablePlan } from './compare';
import { definitions } from './definition';
import { bronzePartitions, type DesiredTable, desiredTables, tablePartitions } from './desired';
import { filesToInspect, type Incompatibility, inspectFooters, type ReadTail } from './footers';
import type { CatalogTable, GlueCatalog } from './glue-catalog';

const parallelTables = 4;

/** What one look at the lake and at the catalogue shows. */
export interface Survey {
	readonly snapshot: Snapshot;
	readonly desired: readonly DesiredTable[];
	readonly plans: readonly TablePlan[];
	readonly drift: readonly Drift[];
	/** Tables that claim to come from a head that the lake does not have. */
	readonly ahead: readonly CatalogTable[];
}

export interface Sources {
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
export async function survey(sources: Sources, thorough: boolean): Promise<Survey> {
	const { lake, glue, bucket } = sources;
	// The catalogue first: whatever head a crawl has written there by now, the lake read afterwards has it.
	const actual = await glue.tables(new Set(definitions.map(({ name }) => name)));
	const snapshot = await lake.newest();
	const isAhead = ({ head, location }: CatalogTable) =>
		head > snapshot.head.number && location.startsWith(`s3://${bucket}/`);
	const ahead = [...actual.values()].filter(isAhead);
	const leftAlone = new Set(ahead.map(({ definition }) => definition.name));
	const desired = (await desiredTables(snapshot, bucket)).filter(({ definition }) => !leftAlone.has(definition.name));
	const plans = await mapConcurrently(desired, parallelTables, async (table) => {
		const found = actual.get(table.definition.name);
		const before = found ? await partitionsBefore(sources, snapshot, table, found) : new Map<string, string>();
		return compareTable(table, found, before, bucket);
	});
	const footers = await mapConcurrently(plans, parallelTables, (plan) =>
		inspectFooters(plan.desired, suspects(plan, thorough), locationTail(sources)),
	);
	refuseIncompatible(footers.flatMap(({ incompatible }) => incompatible));
	return {
		snapshot,
		desired,
		plans,
		drift: [...plans.flatMap(({ drift }) => drift), ...footers.flatMap(({ drift }) => drift)],
		ahead,
	};
}

/** Files whose footers are worth a look: all kinds where the columns changed, else one of what is new. */
function suspects({ desired, redefine, columnsChange, create, move }: TablePlan, thorough: boolean): string[] {
	if (thorough || columnsChange) return filesToInspect(desired, desired.files.keys(), true);
	const isWhole = desired.definition.partitionKeys.length === 0;
	return filesToInspect(desired, isWhole && redefine ? desired.files.keys() : [...create, ...move], false);
}

/** The partitions of a table when crawl last wrote it; none where that version of the lake is gone. */
async function partitionsBefore(
	{ lake, bucket }: Sources,
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

const locationTail =
	({ s3, bucket }: Sources): ReadTail =>
	async (key, bytes) => {
		const range = { Bucket: bucket, Key: key, Range: `bytes=-${bytes}` };
		const tail = await wholeBody(`s3://${bucket}/${key}`, () => s3.send(new GetObjectCommand(range)));
		return new Uint8Array(tail.bytes).buffer;
	};

function refuseIncompatible(incompatible: readonly Incompatibility[]): void {
	const [first] = incompatible;
	if (!first) return;
	const { table, column, key, found, expected } = first;
	const others = incompatible.length > 1 ? ` (and ${incompatible.length - 1} more)` : '';
	throw new DataRefusedError(
		`${table}.${column} is ${found} in ${key}${others}, but ${expected ?? 'no column'} in the contract: such files can't be read so. The catalogue is left as it was. Either take the change of the contract back, or write the table afresh ('shoplake rebuild' over all its dates, for Gold 'shoplake aggregate' after it) and crawl again.`,
	);
}
