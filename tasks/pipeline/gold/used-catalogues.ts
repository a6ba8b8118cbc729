import { type PartitionEntry, whole } from '../../lake';
import type { FileTable } from '../../lake/partitions';
import type { DailyTable } from './daily-table';
import type { GoldRun } from './gold-run';
import { catalogue, emptyCatalogue, type GoldSources } from './sources';
import { usedCataloguesTable } from './staged-snapshot';
import { catalogueInput } from './staleness';

/** The columns of the catalogue that Gold depends on. The manifest has one partition for each catalogue, by fingerprint. */
export const usedCatalogues: FileTable = {
	...catalogue,
	name: usedCataloguesTable,
};

/** Retains the catalogues that Gold's partitions were computed with, the current one among them, and no others. */
export async function retainUsedCatalogues(
	run: GoldRun,
	sources: GoldSources,
	dailyTables: readonly DailyTable[],
): Promise<void> {
	const { staged } = run;
	const used = new Set<string>();
	for (const { name } of dailyTables) {
		for (const [, { inputs }] of staged.listEntries(name)) {
			const fingerprint = inputs?.[catalogueInput];
			if (fingerprint !== undefined && fingerprint !== emptyCatalogue) used.add(fingerprint);
		}
	}
	const retained = staged.manifest(usedCataloguesTable).partitions;
	for (const fingerprint of Object.keys(retained)) {
		if (!used.has(fingerprint)) staged.setInternal(usedCataloguesTable, fingerprint, undefined);
	}
	const current = sources.catalogueFingerprint;
	if (!used.has(current) || retained[current]) return;
	staged.setInternal(usedCataloguesTable, current, await writeCatalogue(run, sources));
}

async function writeCatalogue({ engine, attempt }: GoldRun, sources: GoldSources): Promise<PartitionEntry | undefined> {
	const products = await engine.attach(catalogue, sources.silver_products);
	const written = await engine.write(usedCatalogues, products, { partitions: [whole], attempt });
	return written.get(whole);
}
