import { DamagedObjectError, type Head } from '../../lake';
import type { ChangedPartitions } from '../../lake/iceberg/manifest';
import { currentSchema, keyOf, readMetadata } from '../../lake/iceberg/metadata';
import { type Publication, previewTable, publishTable, type TableState } from '../../lake/iceberg/publish';
import type { CatalogComparison, CrawlClients } from './compare-catalog';
import type { TablePlan } from './compare-table';

/** The heads that are to be published, oldest first: those kept since the last crawl, and the newest. */
export async function listHeadsToPublish(
	{ lake }: Pick<CrawlClients, 'lake'>,
	{ snapshot: { head }, plans }: CatalogComparison,
): Promise<Head[]> {
	const published = plans.flatMap((plan) =>
		plan.needsPublication && plan.actual?.published ? [plan.actual.head] : [],
	);
	// Tables that are published for the first time begin with the newest head.
	const oldest = Math.min(head.number, ...published.map((number) => number + 1));
	return [...(await lake.headsBetween(Math.max(oldest, head.oldest_kept), head.number)), head];
}

/** Writes the metadata of a table for these heads, unless they are published; undefined for a table that isn't Iceberg. */
export async function publishPlanned(
	{ lake, bucket }: Pick<CrawlClients, 'lake' | 'bucket'>,
	plan: TablePlan,
	heads: readonly Head[],
): Promise<Publication | undefined> {
	const { definition, source, open } = plan.desired;
	if (!open) return undefined;
	const earlier = plan.actual?.published;
	if (!plan.needsPublication && earlier !== undefined) {
		const metadata = await readMetadata(lake.store, keyOf(earlier));
		if (metadata)
			return { location: earlier, schema: currentSchema(metadata), partitions: { changed: [], removed: [] } };
	}
	const states = heads.map((head): TableState => {
		const key = head.tables[definition.name] ?? '';
		const manifest = async () =>
			key === source ? open.manifest : lake.snapshot(head).table(definition.name).catch(noneIfDamaged);
		return { head, source: key, manifest };
	});
	const oldestKept = heads.at(-1)?.oldest_kept ?? 0;
	return publishTable({ store: lake.store, bucket }, definition, states, { earlier, oldestKept });
}

/** The dates that publishing a table would change. */
export async function previewPlanned(
	{ lake, bucket }: Pick<CrawlClients, 'lake' | 'bucket'>,
	{ desired: { definition, open }, actual, needsPublication }: TablePlan,
): Promise<ChangedPartitions | undefined> {
	if (!open || !needsPublication) return undefined;
	return previewTable({ store: lake.store, bucket }, definition, open.manifest, actual?.published);
}

function noneIfDamaged(error: unknown): undefined {
	if (!(error instanceof DamagedObjectError)) throw error;
	return undefined;
}
