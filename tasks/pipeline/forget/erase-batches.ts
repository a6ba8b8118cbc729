import type { TaskContext } from '../../context';
import { type BatchManifest, type Change, keysTable, type Ledger, type Snapshot } from '../../lake';
import { sumCounts } from '../../platform/counts';
import { lookUp } from '../../platform/look-up';
import { computeChange } from '../silver/clean';
import { removeOrderDates } from '../silver/key-index';
import { type ErasedBatch, eraseBatch } from './erase-batch';
import { findOrders, listLiveBatches } from './live-batches';
import type { Person } from './person';

/** What is, or would be, erased from the batches of the newest head. */
export interface ErasedBatches {
	readonly person: Person;
	/** Those with something to erase, or with records that have the id otherwise. */
	readonly batches: readonly ErasedBatch[];
	/** The number of the newest head. */
	readonly head: number;
}

/** Finds what the newest head has of a person in Bronze and quarantine; changes nothing. */
export async function searchBatches(context: TaskContext, user: string): Promise<ErasedBatches> {
	const lake = await context.lake();
	const snapshot = await lake.newest();
	const { person, batches } = await eraseEach(context, snapshot, user, { attempt: context.run.attempt, dryRun: true });
	return { person, batches, head: snapshot.head.number };
}

/**
 * Replaces each batch version of the newest head that has records of a person by one without them, and Silver, the version
 * histories, the orphans and the key index by what they would be without them, in one commit.
 */
export async function eraseBatches(context: TaskContext, user: string): Promise<ErasedBatches> {
	const lake = await context.lake();
	const engine = await context.engine();
	let tries = 0;
	let erased: Omit<ErasedBatches, 'head'> | undefined;
	const { snapshot } = await lake.transact(context.run, async (snapshot): Promise<Change | null> => {
		// The files of a try that lost the race stay: each try has file names of its own.
		const attempt = tries === 0 ? context.run.attempt : `${context.run.attempt}-${tries}`;
		tries++;
		erased = await eraseEach(context, snapshot, user, { attempt, dryRun: false });
		const replaced = erased.batches.flatMap(({ batch, manifest }) => (manifest ? [{ before: batch, manifest }] : []));
		if (replaced.length === 0) return null;
		const ledger = await snapshot.ledger();
		const after = replaceVersions(ledger, replaced);
		const change = await computeChange(engine, snapshot, after, listChanges(ledger, after), lake, attempt);
		const keys = await withoutOrders(context, snapshot, change, erased.person, `${attempt}-keys`);
		return { ...change, tables: { ...change.tables, ...keys } };
	});
	return { ...(erased as ErasedBatches), head: snapshot.head.number };
}

async function eraseEach(
	context: TaskContext,
	snapshot: Snapshot,
	user: string,
	{ attempt, dryRun }: { readonly attempt: string; readonly dryRun: boolean },
): Promise<Omit<ErasedBatches, 'head'>> {
	const lake = await context.lake();
	const engine = await context.engine();
	const live = await listLiveBatches(lake, await snapshot.ledger());
	const person: Person = { id: user, orders: await findOrders(engine, live, user) };
	const batches: ErasedBatch[] = [];
	await engine.scoped(async (scope) => {
		const orders = await scope.texts(
			{ order_id: 'varchar' },
			[...person.orders].map((id) => [id]),
		);
		const numbers = new Map<string, number>();
		for (const [place, batch] of live.entries()) {
			context.progress.update(`searching ${batch.dataset} of ${batch.batch}`, place, live.length);
			// A batch may have two versions, one ingested and one admitted.
			const name = `${batch.dataset} ${batch.batch}`;
			const number = (numbers.get(name) ?? 0) + 1;
			numbers.set(name, number);
			const own = number === 1 ? attempt : `${attempt}-v${number}`;
			const erased = await eraseBatch(scope, lake, batch, { person, orders, attempt: own, dryRun });
			if (hasErased(erased) || erased.near > 0) batches.push(erased);
		}
		context.progress.clear();
	});
	return { person, batches };
}

/** Whether anything of the person was found in a batch. */
export const hasErased = ({ records, rejected, unused, redacted }: ErasedBatch): boolean =>
	records + rejected + unused + redacted > 0;

type Replaced = { readonly before: ErasedBatch['batch']; readonly manifest: BatchManifest };

function replaceVersions(ledger: Ledger, replaced: readonly Replaced[]): Ledger {
	const replaceIn = (versions: Ledger['ingested']): Ledger['ingested'] => {
		const after = { ...versions };
		for (const { before, manifest } of replaced) {
			const { dataset, batch, version } = before;
			if (lookUp(after[dataset], batch)?.attempt !== version.attempt) continue;
			const { attempt, received, rejected } = manifest;
			// Records keep the types and the arrival order that they have.
			const next = { ...version, attempt, received, rejected: sumCounts(rejected) };
			after[dataset] = { ...after[dataset], [batch]: next };
		}
		return after;
	};
	return { ...ledger, ingested: replaceIn(ledger.ingested), admitted: replaceIn(ledger.admitted) };
}

function listChanges(before: Ledger, after: Ledger) {
	const changed = (dataset: string) =>
		Object.entries(after.admitted[dataset] ?? {})
			.filter(([batch, { attempt }]) => lookUp(before.admitted[dataset], batch)?.attempt !== attempt)
			.map(([batch]) => batch);
	return Object.fromEntries(
		Object.keys(after.admitted).flatMap((dataset) => {
			const batches = changed(dataset);
			return batches.length > 0 ? [[dataset, { added: batches, removed: batches }]] : [];
		}),
	);
}

/** The key index without the person's orders. */
async function withoutOrders(
	context: TaskContext,
	snapshot: Snapshot,
	{ tables }: Change,
	{ orders }: Person,
	attempt: string,
): Promise<Change['tables']> {
	const name = keysTable('orders');
	if (orders.size === 0 || !(name in snapshot.head.tables || tables?.[name])) return {};
	const manifest = tables?.[name] ?? (await snapshot.table(name));
	const given = await context.engine();
	return given.scoped(async (engine) => {
		const ids = await engine.texts(
			{ order_id: 'varchar' },
			[...orders].map((id) => [id]),
		);
		return { [name]: await removeOrderDates({ engine, attempt }, manifest, ids) };
	});
}
