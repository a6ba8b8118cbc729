import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TaskContext } from '../context';
import { makeOutFolder, refusedAt } from '../platform/out-folder';
import type { Outcome } from '../platform/result';
import { analysesAddress, indexAddress, tableAddress } from './addresses';
import { analysesPage } from './analyses-page';
import { indexPage } from './index-page';
import { readFacts } from './read-facts';
import { readSiteData, type SiteData } from './site-data';
import { tablePage } from './table-page';

export interface CatalogSiteOptions {
	/** The folder of the pages. */
	readonly out: string;
	/** Whether the pages show the state of the lake; without it they are of the contracts alone. */
	readonly withLake: boolean;
	/** A head in the place of the newest one. */
	readonly at?: number | undefined;
	readonly dryRun?: boolean;
}

/**
 * Writes the data catalogue as pages of HTML into a folder, over those of an earlier time. Returns the first page. Throws
 * UsageError where nothing can be written there.
 */
export async function writeCatalogSite(context: TaskContext, options: CatalogSiteOptions): Promise<Outcome> {
	const { out, withLake, at, dryRun } = options;
	const facts = withLake ? await readFacts(context, at) : undefined;
	const data = await readSiteData(context, facts);
	const pages = renderSite(data);
	const outcome = {
		location: resolve(out, indexAddress),
		pages: pages.size,
		tables: data.tables.length,
		...(facts ? { head: facts.head } : {}),
	};
	if (dryRun) return { status: 'planned', ...outcome };
	await makeOutFolder(out);
	for (const [name, text] of pages) {
		await writeFile(join(out, name), text).catch((error) => {
			throw refusedAt(out, error);
		});
	}
	const bytes = [...pages.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
	return { status: 'done', ...outcome, bytes };
}

/** Every page, by its file's name. */
function renderSite(data: SiteData): Map<string, string> {
	return new Map([
		[indexAddress, indexPage(data)],
		[analysesAddress, analysesPage(data)],
		...data.tables.map((table) => [tableAddress(table), tablePage(table, data)] as const),
	]);
}
