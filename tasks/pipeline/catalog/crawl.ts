import type { TaskContext } from '../../context';
import type { ChangedPartitions } from '../../lake/iceberg/manifest';
import { mapConcurrently } from '../../platform/concurrency';
import { TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { backOff } from '../../platform/retry';
import { type CatalogComparison, type CrawlClients, compareCatalog } from './compare-catalog';
import type { Drift, TablePlan } from './compare-table';
import { listDefinitions } from './definition';
import { CatalogChangedError, GlueCatalog } from './glue-catalog';
import { type MirroredTable, syncMirror } from './mirror';
import { listHeadsToPublish, previewPlanned, publishPlanned } from './publish-tables';

/** Maximum comparisons when the lake or the catalogue changes during a crawl. */
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
	/** By table, kind and name. */
	readonly drift: Map<string, Drift>;
	/** Objects of the mirror that were copied or deleted. */
	mirrored: number;
}

/**
 * Makes the Glue catalogue agree with the newest head and the contracts, and repairs what others changed.
 * With `drift`, checks the footers of all current files against the contract (one for each run that wrote some), not
 * only of new ones. Throws DataRefusedError, before any write, where files can't be read as the contract says.
 */
export async function crawl(
	context: TaskContext,
	{ dryRun = false, drift = false }: { dryRun?: boolean; drift?: boolean } = {},
): Promise<Outcome> {
	const { aws, config, log } = context;
	const [lake, client, s3] = await Promise.all([context.lake(), aws.glue(), aws.s3()]);
	const clients: CrawlClients = {
		lake,
		s3,
		bucket: config.bucket,
		mirror: config.mirror === true,
		glue: new GlueCatalog(client, config.database),
		definitions: listDefinitions(await context.project()),
	};
	const changes = noChanges();
	const touched = new Map<string, Set<string>>();
	let checkAllFooters = drift;
	for (let pass = 0; pass < maxPasses; pass++) {
		if (pass > 0) await backOff({ ...backoff, signal: context.signal }, pass);
		try {
			const comparison = await compareCatalog(clients, checkAllFooters);
			const mirrorAll = checkAllFooters;
			checkAllFooters = false;
			for (const item of comparison.drift) changes.drift.set(`${item.table} ${item.kind} ${item.name}`, item);
			if (dryRun) {
				await mapConcurrently(comparison.plans, parallelTables, async (plan) =>
					recordChanges(changes, plan, await previewPlanned(clients, plan)),
				);
				return crawlOutcome('planned', comparison, changes);
			}
			if (config.mirror) {
				const partitions = partitionsToMirror(comparison, touched, mirrorAll);
				changes.mirrored += await aws.meter.withoutCharge(() =>
					syncMirror({ store: lake.store, bucket: config.bucket }, partitions),
				);
			}
			await apply(clients, comparison, changes);
			if (await lake.hasHeadAfter(comparison.snapshot.head.number)) continue;
			for (const line of warnings(comparison, changes.drift.values())) log.warn(line);
			return crawlOutcome(isChanged(changes) ? 'published' : 'unchanged', comparison, changes);
		} catch (error) {
			if (!(error instanceof CatalogChangedError)) throw error;
			log.info(`Somebody else changed the catalogue during this crawl; comparing again. (${error.message})`);
		}
	}
	throw new TryAgainError(
		`The lake or the catalogue changed ${maxPasses} times during this crawl. Run it again when no other task runs.`,
	);
}

const noChanges = (): CrawlChanges => ({
	tables: new Set(),
	created: new Set(),
	moved: new Set(),
	removed: new Set(),
	drift: new Map(),
	mirrored: 0,
});

/**
 * The partitions whose copies a pass brings up to date: those that differ in Glue, and those that an earlier pass brought
 * up to date, because another crawl may have changed them since; or all.
 */
function partitionsToMirror(
	{ plans }: CatalogComparison,
	touched: Map<string, Set<string>>,
	all: boolean,
): MirroredTable[] {
	return plans.map((plan) => {
		const { name } = plan.desired.definition;
		const changing = [...plan.partitionsToCreate, ...plan.partitionsToMove, ...plan.partitionsToDelete];
		const values = new Set([...(touched.get(name) ?? []), ...changing]);
		touched.set(name, values);
		return {
			desired: plan.desired,
			values: all ? new Set([...values, ...plan.desired.partitions.keys()]) : values,
		};
	});
}

/** Writes partitions before their table: a crawl that is overtaken finds out when it writes the table's head at the end. */
async function apply(clients: CrawlClients, comparison: CatalogComparison, changes: CrawlChanges): Promise<void> {
	const { glue } = clients;
	const { plans, snapshot } = comparison;
	if (plans.some(({ actual }) => actual === undefined)) await glue.ensureDatabase();
	const head = snapshot.head.number;
	const heads = await listHeadsToPublish(clients, comparison);
	await mapConcurrently(plans, parallelTables, async (plan) => {
		const { desired, actual, needsDefinition, needsPublication } = plan;
		const isDefined = needsDefinition || needsPublication;
		const publication = isDefined ? await publishPlanned(clients, plan, heads) : undefined;
		const isLeftover = isIcebergOnly(plan);
		if (actual === undefined) await glue.define(desired, undefined, { head, publication });
		await glue.createPartitions(desired, plan.partitionsToCreate);
		await glue.movePartitions(desired, plan.partitionsToMove);
		if (!isLeftover) await glue.deletePartitions(desired, plan.partitionsToDelete);
		if (actual !== undefined && isDefined) await glue.define(desired, actual, { head, publication });
		// Readers follow the metadata by now.
		if (isLeftover) await glue.deletePartitions(desired, plan.partitionsToDelete);
		recordChanges(changes, plan, publication?.partitions);
	});
}

/** Whether Glue has no partitions of the table: those to delete are left over from an earlier version. */
const isIcebergOnly = ({ desired }: TablePlan): boolean => desired.open?.isHive === false;

/** Of a table that is Iceberg only, the changed dates are those that were published: none is registered in Glue. */
function recordChanges(changes: CrawlChanges, plan: TablePlan, published: ChangedPartitions | undefined): void {
	const { name } = plan.desired.definition;
	if (plan.needsDefinition) changes.tables.add(name);
	for (const value of plan.partitionsToCreate) changes.created.add(`${name}/${value}`);
	for (const value of plan.partitionsToMove) changes.moved.add(`${name}/${value}`);
	if (isIcebergOnly(plan)) {
		for (const value of published?.changed ?? []) changes.moved.add(`${name}/${value}`);
		for (const value of published?.removed ?? []) changes.removed.add(`${name}/${value}`);
		return;
	}
	for (const value of plan.partitionsToDelete) changes.removed.add(`${name}/${value}`);
}

const isChanged = ({ tables, created, moved, removed, mirrored }: CrawlChanges): boolean =>
	mirrored > 0 || [tables, created, moved, removed].some(({ size }) => size > 0);

function warnings({ newerThanLake, snapshot, desired }: CatalogComparison, drift: Iterable<Drift>): string[] {
	return [
		...desired.flatMap(({ definition, leftOut = 0 }) =>
			leftOut > 0
				? [
						`${definition.name} lacks ${leftOut} batches that are NDJSON of an earlier version of shoplake: 'shoplake rebuild --retype' converts them, then crawl again.`,
					]
				: [],
		),
		...newerThanLake.map(
			({ definition, head }) =>
				`${definition.name} is left alone: the catalogue has it from head ${head}, the lake's newest is ${snapshot.head.number}. If the lake was recreated, delete the table in Glue and crawl again.`,
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
	{ tables, created, moved, removed, drift }: CrawlChanges,
): Outcome {
	return {
		status,
		head: snapshot.head.number,
		tables: [...tables].sort(),
		partitions: [...created, ...moved].sort(),
		removed: [...removed].sort(),
		left_alone: newerThanLake.map(({ definition }) => definition.name),
		drift: [...drift.values()],
	};
}
