import type { TaskContext } from '../../context';
import { goldTables } from '../../contracts';
import { type Lake, type Purged, prefixes, purge } from '../../lake';
import { digestPerson, type ErasureRecord, readErasure, writeErasure } from '../../lake/erasures';
import { PartlyRefusedError, UsageError } from '../../platform/errors';
import type { Outcome } from '../../platform/result';
import { listOwnTables } from '../../project';
import { aggregate } from '../gold';
import { type ErasedBatches, eraseBatches, hasErased, searchBatches } from './erase-batches';
import { type ErasedFiles, eraseFiles, type LeftObject } from './erase-files';
import type { Followers } from './followers';
import { type LiveBatch, listLiveBatches } from './live-batches';
import { remains } from './remains';
import { isInEarlierBronze, listGoldWithId } from './search-earlier';

export interface ForgetOptions {
	readonly user: string;
	readonly dryRun?: boolean;
}

/** Longest id, in bytes; the same as that of keys. */
const longestId = 1024;

/**
 * Erases a person from the lake: the records, what was computed from them, the earlier states that had them, and all
 * versions of the objects. A run that dies anywhere is completed by the next one. Its order: the files beside the lake, as
 * long as Bronze still tells the person's orders; then Bronze and Silver in one commit, then Gold; then a head that ends
 * all earlier ones and the runs that began before it; then the catalogue and DynamoDB; and last, everything that no head
 * names is deleted. Throws PartlyRefusedError if a date of Gold could not be computed.
 */
export async function forget(
	context: TaskContext,
	{ user, dryRun = false }: ForgetOptions,
	followers: Followers,
): Promise<Outcome> {
	checkUser(user);
	const lake = await context.lake();
	const { store } = lake;
	const person = await digestPerson(store, user, { dryRun });
	const known = await readErasure(store, person);
	const found = await searchBatches(context, user);
	const isUnfinished = known?.finished_at === null;
	const isInLake = isUnfinished || found.batches.some(hasErased) || (await isInHistory(context, user));
	const search = await eraseFilesOf(context, found, true);
	if (dryRun || !(isInLake || search.files.some(({ records }) => records > 0))) {
		return outcomeOf(dryRun ? 'planned' : 'unchanged', person, found, search);
	}
	const begun: ErasureRecord = {
		...{ format: 1, person, run_id: context.run.runId },
		...{ begun_at: context.clock().toISOString(), finished_at: null },
	};
	await writeErasure(store, begun);
	const files = await eraseFilesOf(context, found, false);
	const { erased, purged, refusal, left } = isInLake
		? await eraseFromLake(context, user, followers)
		: { erased: found, purged: undefined, refusal: undefined, left: [] };
	const outcome = outcomeOf(
		'published',
		person,
		erased,
		{ files: files.files, left: [...left, ...files.left] },
		purged,
	);
	const { near_matches: _, left: __, remains: ___, ...counts } = outcome;
	// What Gold keeps only a later run can erase, when it is corrected.
	const finished_at = left.length > 0 ? null : context.clock().toISOString();
	await writeErasure(store, { ...begun, finished_at, erased: counts });
	await deleteEarlierRecords(lake);
	const still = outcome.left as readonly LeftObject[];
	if (still.length > 0) {
		context.log.warn(
			`${still.length} objects still have the id: the result lists them with the reason. Run this again after that.`,
		);
	}
	if (refusal) throw new PartlyRefusedError(refusal.message, { ...outcome, ...refused(refusal) });
	return outcome;
}

function checkUser(user: string): void {
	if (user.trim() !== user || user === '' || Buffer.byteLength(user) > longestId || user.includes('\0')) {
		throw new UsageError(
			`--user is the id of one person as the records have it, without white space around it, at most ${longestId} bytes.`,
		);
	}
}

async function isInHistory(context: TaskContext, user: string): Promise<boolean> {
	const lake = await context.lake();
	const live = await listLiveBatches(lake, await (await lake.newest()).ledger());
	return isInEarlierBronze(await context.engine(), lake, live, user);
}

async function eraseFilesOf(context: TaskContext, { person }: ErasedBatches, dryRun: boolean) {
	const lake = await context.lake();
	const live = await listLiveBatches(lake, await (await lake.newest()).ledger());
	return eraseFiles(await context.engine(), lake, { person, dryRun, isInBronze: ingestedFiles(live) });
}

/** Whether a file of the landing zone or the file drop was ingested as it is. */
function ingestedFiles(live: readonly LiveBatch[]): (key: string, bytes: number) => boolean {
	const ingested = new Set(
		live.flatMap(({ batch, manifest }) => manifest.sources.map(({ name, bytes }) => `${batch}/${name} ${bytes}`)),
	);
	const folders = `(?:${prefixes.landing}(?:[^/]+/)?batch=|${prefixes.processed})`;
	const place = new RegExp(`^${folders}([^/]+/.+)$`);
	return (key, bytes) => ingested.has(`${place.exec(key)?.[1]} ${bytes}`);
}

/** Erases a person from everything that heads name. */
async function eraseFromLake(context: TaskContext, user: string, followers: Followers) {
	const lake = await context.lake();
	const erased = await eraseBatches(context.step('forget'), user);
	const refusal = await recomputeGold(context.step('forget'));
	const { snapshot } = await lake.transact(context.step('forget').run, async () => ({ oldestKept: 'own' as const }));
	const oldestKept = snapshot.head.number;
	const current = await followers.publish(context.step('forget'));
	await followers.load(context.step('forget'));
	const left = (await mayKeepEarlierGold(context, refusal)) ? await leftInGold(context, user) : [];
	const purged = await purge(lake, { oldestKept, current, hasMirror: context.config.mirror === true });
	return { erased: { ...erased, head: (await lake.newest()).head.number }, purged, refusal, left };
}

/** Whether Gold may keep files from before: a date was refused, or a table is of a project that this process has not. */
async function mayKeepEarlierGold(context: TaskContext, refusal: PartlyRefusedError | undefined): Promise<boolean> {
	const known = new Set(
		[...Object.values(goldTables), ...listOwnTables(await context.project())].map(({ name }) => name),
	);
	const { tables } = (await (await context.lake()).newest()).head;
	return refusal !== undefined || Object.keys(tables).some((name) => name.startsWith('gold_') && !known.has(name));
}

async function leftInGold(context: TaskContext, user: string): Promise<LeftObject[]> {
	const keys = await listGoldWithId(await context.engine(), await context.lake(), user);
	const reason =
		'Gold could not be recomputed there: correct what was refused, or run this with the project of the table; then run this again';
	return keys.map((key) => ({ key, reason }));
}

/** Recomputes Gold, if the lake has it; returns the refusal of single dates. */
async function recomputeGold(context: TaskContext): Promise<PartlyRefusedError | undefined> {
	const { tables } = (await (await context.lake()).newest()).head;
	if (!Object.values(goldTables).some(({ name }) => name in tables)) return undefined;
	try {
		await aggregate(context, { kind: 'all' });
		return undefined;
	} catch (error) {
		if (error instanceof PartlyRefusedError) return error;
		throw error;
	}
}

const refused = ({ outcome }: PartlyRefusedError) => ({ refused: outcome.refused });

/** Deletes the earlier versions of the records about erasures. */
async function deleteEarlierRecords({ store }: Lake): Promise<void> {
	const earlier: { key: string; version: string }[] = [];
	for await (const version of store.listAllVersions(prefixes.erasures)) if (!version.isNewest) earlier.push(version);
	await store.deleteVersions(earlier);
}

function outcomeOf(
	status: string,
	person: string,
	{ batches, head, person: { orders } }: ErasedBatches,
	{ files, left }: { readonly files: readonly ErasedFiles[]; readonly left: readonly LeftObject[] },
	purged?: Purged,
): Outcome {
	const erased = batches.filter(hasErased);
	const names = [...new Set(erased.map(({ batch: { dataset } }) => dataset))];
	return {
		status,
		head,
		person,
		orders: orders.size,
		records: names.map((dataset) => {
			const own = erased.filter(({ batch }) => batch.dataset === dataset);
			const sum = (count: (one: (typeof own)[number]) => number) => own.reduce((total, one) => total + count(one), 0);
			return {
				...{ dataset, batches: own.length },
				...{ erased: sum(({ records }) => records), rejected: sum(({ rejected }) => rejected) },
				...{ unused: sum(({ unused }) => unused), redacted: sum(({ redacted }) => redacted) },
			};
		}),
		files: files.filter(({ records }) => records > 0).map(({ near: _, ...counts }) => counts),
		...(purged
			? { deleted_objects: purged.objects, deleted_versions: purged.versions, deleted_bytes: purged.bytes }
			: {}),
		near_matches: [
			...batches
				.filter(({ near }) => near > 0)
				.map(({ batch: { dataset, batch }, near }) => ({ where: `${dataset} of batch ${batch}`, records: near })),
			...files.filter(({ near }) => near > 0).map(({ where, near }) => ({ where, records: near })),
		],
		left,
		remains,
	};
}
