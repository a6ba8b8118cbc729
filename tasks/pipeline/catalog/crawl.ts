import type { TaskContext } from '../../context';
import { mapConcurrently } from '../../platform/concurrency';
import { TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { backOff } from '../../platform/retry';
import { type CatalogComparison, type CrawlClients, compareCatalog } from './compare-catalog';
import type { Drift, TablePlan } from './compare-table';
import { CatalogChangedError, GlueCatalog } from './glue-catalog';
import { type MirroredTable, syncMirror } from './mirror';

/** So often may the lake or the catalogue move under a crawl before it gives up for now. */
const maxPasses = 20;
/** Waits before the next pass; about 15 s in all. */
const backoff = { firstMs: 50, longestMs: 2000 } as const;
const parallelTables = 4;

/** What a crawl did, or would do. */
interface CrawlChanges {
	readonly tables: Set<string>;
	/** As `table/value`. */
	readonly created: Set<string>;
	readonly moved: Set<string>;
	readonly removed: Set<string>;
}

/**
 * Makes the Glue catalogue agree with the newest head and the contracts, and repairs what others changed.
 * With `drift`, footers of all current files are compared with the contract (one for each run that wrote some), not
 * only of what is new. Throws DataRefusedError, before any write, where files can't be read as the contract says.
 */
export async function crawl(
	context: TaskContext,
	{ dryRun = false, drift: checkAllFooters = false }: { dryRun?: boolean; drift?: boolean } = {},
): Promise<Outcome> {
	const { aws, config, log } = context;
	const [lake, client, s3] = await Promise.all([context.lake(), aws.glue(), aws.s3()]);
	const clients: CrawlClients = { lake, s3, bucket: config.bucket, glue: new GlueCatalog(client, config.database) };
	const changes: CrawlChanges = { tables: new Set(), created: new Set(), moved: new Set(), removed: new Set() };
	const drift = new Map<string, Drift>();
	const touched = new Map<string, Set<string>>();
	let mirrored = 0;
	let hasCompared = false;
	for (let pass = 0; pass < maxPasses; pass++) {
		if (pass > 0) await backOff({ ...backoff, signal: context.signal }, pass);
		const comparison = await compareCatalog(clients, checkAllFooters && !hasCompared).catch(returnCatalogChange);
		if (comparison instanceof CatalogChangedError) {
			log.info(retryMessage(comparison));
			continue;
		}
		const isThorough = checkAllFooters && !hasCompared;
		hasCompared = true;
		for (const item of comparison.drift) drift.set(`${item.table} ${item.kind} ${item.name}`, item);
		if (dryRun) {
			for (const plan of comparison.plans) recordChanges(changes, plan);
			return crawlOutcome('planned', comparison, changes, [...drift.values()]);
		}
		try {
			if (config.mirror) {
				const partitions = partitionsToMirror(comparison, touched, isThorough);
				mirrored += await syncMirror({ s3, store: lake.store, bucket: config.bucket }, partitions);
			}
			await apply(clients.glue, comparison, changes);
		} catch (error) {
			if (!(error instanceof CatalogChangedError)) throw error;
			log.info(retryMessage(error));
			continue;
		}
		if ((await lake.newest()).head.number !== comparison.snapshot.head.number) continue;
		for (const line of warnings(comparison, drift.values())) log.warn(line);
		const changed =
			changes.tables.size + changes.created.size + changes.moved.size + changes.removed.size + mirrored > 0;
		return crawlOutcome(changed ? 'published' : 'unchanged', comparison, changes, [...drift.values()]);
	}
	throw new TryAgainError(
		`The lake or the catalogue moved ${maxPasses} times during this crawl. Run it again when they are quieter.`,
	);
}

const retryMessage = ({ message }: CatalogChangedError): string =>
	`Somebody else changed the catalogue meanwhile; looking again. (${message})`;

function returnCatalogChange(error: unknown): CatalogChangedError {
	if (error instanceof CatalogChangedError) return error;
	throw error;
}

/**
 * The partitions whose copies a pass looks at: those that Glue does not have as they are, and those that an earlier pass
 * has touched, because another crawl may have been there meanwhile; or all.
 */
function partitionsToMirror(
	{ plans }: CatalogComparison,
	touched: Map<string, Set<string>>,
	all: boolean,
): MirroredTable[] {
	return plans.map(({ desired, partitionsToCreate, partitionsToMove, partitionsToDelete }) => {
		const { name } = desired.definition;
		const values = new Set([
			...(touched.get(name) ?? []),
			...partitionsToCreate,
			...partitionsToMove,
			...partitionsToDelete,
		]);
		touched.set(name, values);
		return { desired, values: all ? new Set([...values, ...desired.partitions.keys()]) : values };
	});
}

/** Partitions before their table: a crawl that is overtaken finds out when it writes the table's head at the end. */
async function apply(glue: GlueCatalog, { plans, snapshot }: CatalogComparison, changes: CrawlChanges): Promise<void> {
	if (plans.some(({ actual }) => actual === undefined)) await glue.ensureDatabase();
	const head = snapshot.head.number;
	await mapConcurrently(plans, parallelTables, async (plan) => {
		const { desired, actual, needsDefinition, partitionsToCreate, partitionsToMove, partitionsToDelete } = plan;
		if (actual === undefined) await glue.define(desired, undefined, head);
		await glue.createPartitions(desired, partitionsToCreate);
		await glue.movePartitions(desired, partitionsToMove);
		await glue.deletePartitions(desired, partitionsToDelete);
		if (actual !== undefined && needsDefinition) await glue.define(desired, actual, head);
		recordChanges(changes, plan);
	});
}

function recordChanges(
	changes: CrawlChanges,
	{ desired, needsDefinition, partitionsToCreate, partitionsToMove, partitionsToDelete }: TablePlan,
): void {
	const { name } = desired.definition;
	if (needsDefinition) changes.tables.add(name);
	for (const value of partitionsToCreate) changes.created.add(`${name}/${value}`);
	for (const value of partitionsToMove) changes.moved.add(`${name}/${value}`);
	for (const value of partitionsToDelete) changes.removed.add(`${name}/${value}`);
}

function warnings({ newerThanLake, snapshot }: CatalogComparison, drift: Iterable<Drift>): string[] {
	return [
		...newerThanLake.map(
			({ definition, head }) =>
				`${definition.name} is left alone: the catalogue has it from head ${head}, the lake's newest is ${snapshot.head.number}. If the lake was made afresh, delete the table in Glue and crawl again.`,
		),
		...[...drift].map(
			({ table, kind, name, found, expected }) =>
				`Drift in ${table}: ${kind} ${name} was ${found ?? 'absent'}, should be ${expected ?? 'absent'}.`,
		),
	];
}

function crawlOutcome(
	status: string,
	{ snapshot, newerThanLake }: CatalogComparison,
	changes: CrawlChanges,
	drift: readonly Drift[],
): Outcome {
	return {
		status,
		head: snapshot.head.number,
		tables: [...changes.tables].sort(),
		partitions: [...changes.created, ...changes.moved].sort(),
		removed: [...changes.removed].sort(),
		left_alone: newerThanLake.map(({ definition }) => definition.name),
		drift,
	};
}
