import type { TaskContext } from '../../context';
import { mapConcurrently } from '../../platform/concurrency';
import { TryAgainError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { backOff } from '../../platform/retry';
import type { Drift, TablePlan } from './compare';
import { CatalogMovedError, GlueCatalog } from './glue-catalog';
import { type MirroredTable, syncMirror } from './mirror';
import { type Sources, type Survey, survey } from './survey';

/** So often may the lake or the catalogue move under a crawl before it gives up for now. */
const maxPasses = 20;
/** Waits before the next pass; about 15 s in all. */
const patience = { firstMs: 50, longestMs: 2000 } as const;
const parallelTables = 4;

/** What a crawl did, or would do. */
interface Work {
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
	{ dryRun = false, drift: thorough = false }: { dryRun?: boolean; drift?: boolean } = {},
): Promise<Outcome> {
	const { aws, config, log } = context;
	const [lake, client, s3] = await Promise.all([context.lake(), aws.glue(), aws.s3()]);
	const sources: Sources = { lake, s3, bucket: config.bucket, glue: new GlueCatalog(client, config.database) };
	const work: Work = { tables: new Set(), created: new Set(), moved: new Set(), removed: new Set() };
	const drift = new Map<string, Drift>();
	const touched = new Map<string, Set<string>>();
	let mirrored = 0;
	let looked = false;
	for (let pass = 0; pass < maxPasses; pass++) {
		if (pass > 0) await backOff({ ...patience, signal: context.signal }, pass);
		const seen = await survey(sources, thorough && !looked).catch(movedMeanwhile);
		if (seen instanceof CatalogMovedError) {
			log.info(lookingAgain(seen));
			continue;
		}
		const isThorough = thorough && !looked;
		looked = true;
		for (const item of seen.drift) drift.set(`${item.table} ${item.kind} ${item.name}`, item);
		if (dryRun) {
			for (const plan of seen.plans) note(work, plan);
			return crawlOutcome('planned', seen, work, [...drift.values()]);
		}
		try {
			if (config.mirror) {
				const partitions = mirroredBy(seen, touched, isThorough);
				mirrored += await syncMirror({ s3, store: lake.store, bucket: config.bucket }, partitions);
			}
			await apply(sources.glue, seen, work);
		} catch (error) {
			if (!(error instanceof CatalogMovedError)) throw error;
			log.info(lookingAgain(error));
			continue;
		}
		if ((await lake.newest()).head.number !== seen.snapshot.head.number) continue;
		for (const line of warnings(seen, drift.values())) log.warn(line);
		const changed = work.tables.size + work.created.size + work.moved.size + work.removed.size + mirrored > 0;
		return crawlOutcome(changed ? 'published' : 'unchanged', seen, work, [...drift.values()]);
	}
	throw new TryAgainError(
		`The lake or the catalogue moved ${maxPasses} times during this crawl. Run it again when they are quieter.`,
	);
}

const lookingAgain = ({ message }: CatalogMovedError): string =>
	`Somebody else changed the catalogue meanwhile; looking again. (${message})`;

function movedMeanwhile(error: unknown): CatalogMovedError {
	if (error instanceof CatalogMovedError) return error;
	throw error;
}

/**
 * The partitions whose copies a pass looks at: those that Glue does not have as they are, and those that an earlier pass
 * has touched, because another crawl may have been there meanwhile; or all.
 */
function mirroredBy({ plans }: Survey, touched: Map<string, Set<string>>, all: boolean): MirroredTable[] {
	return plans.map(({ desired, create, move, remove }) => {
		const { name } = desired.definition;
		const values = new Set([...(touched.get(name) ?? []), ...create, ...move, ...remove]);
		touched.set(name, values);
		return { desired, values: all ? new Set([...values, ...desired.partitions.keys()]) : values };
	});
}

/** Partitions before their table: a crawl that is overtaken finds out when it writes the table's head at the end. */
async function apply(glue: GlueCatalog, { plans, snapshot }: Survey, work: Work): Promise<void> {
	if (plans.some(({ actual }) => actual === undefined)) await glue.ensureDatabase();
	const head = snapshot.head.number;
	await mapConcurrently(plans, parallelTables, async (plan) => {
		const { desired, actual, redefine, create, move, remove } = plan;
		if (actual === undefined) await glue.define(desired, undefined, head);
		await glue.createPartitions(desired, create);
		await glue.movePartitions(desired, move);
		await glue.removePartitions(desired, remove);
		if (actual !== undefined && redefine) await glue.define(desired, actual, head);
		note(work, plan);
	});
}

function note(work: Work, { desired, redefine, create, move, remove }: TablePlan): void {
	const { name } = desired.definition;
	if (redefine) work.tables.add(name);
	for (const value of create) work.created.add(`${name}/${value}`);
	for (const value of move) work.moved.add(`${name}/${value}`);
	for (const value of remove) work.removed.add(`${name}/${value}`);
}

function warnings({ ahead, snapshot }: Survey, drift: Iterable<Drift>): string[] {
	return [
		...ahead.map(
			({ definition, head }) =>
				`${definition.name} is left alone: the catalogue has it from head ${head}, the lake's newest is ${snapshot.head.number}. If the lake was made afresh, delete the table in Glue and crawl again.`,
		),
		...[...drift].map(
			({ table, kind, name, found, expected }) =>
				`Drift in ${table}: ${kind} ${name} was ${found ?? 'absent'}, should be ${expected ?? 'absent'}.`,
		),
	];
}

function crawlOutcome(status: string, { snapshot, ahead }: Survey, work: Work, drift: readonly Drift[]): Outcome {
	return {
		status,
		head: snapshot.head.number,
		tables: [...work.tables].sort(),
		partitions: [...work.created, ...work.moved].sort(),
		removed: [...work.removed].sort(),
		left_alone: ahead.map(({ definition }) => definition.name),
		drift,
	};
}
