// What the tests of a project import as 'shoplake/testing'.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { computeOnRows, type SilverRows, type Value } from './pipeline/gold/compute-on-rows';
import { findProject } from './platform/project-folder';
import { loadProject } from './project';

export type { SilverRows, Value };

/**
 * Computes a Gold table of the project on rows of Silver, as `aggregate` does, without a lake: its statement with those that
 * it reads, then the checks of its contract and its audit. Columns that a row leaves out are null, tables that are left out
 * are empty. Returns the rows in the order of their values: amounts as text, whole numbers as numbers.
 *
 * Throws where the statement has a mistake, and where the contract does not allow the rows.
 *
 * @example
 * const rows = await computeGoldTable('order_status', { orders: [{ order_date: '2026-11-20', status: 'completed' }] });
 */
export async function computeGoldTable(
	name: string,
	silver: SilverRows,
	options: { readonly folder?: string } = {},
): Promise<Record<string, Value>[]> {
	const folder = options.folder ?? findProject(process.env);
	if (folder === undefined) throw new Error('There is no shoplake.config.ts here or in a folder above.');
	const project = await loadProject(folder);
	const scratch = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
	const { DuckDb } = await import('./platform/duckdb/duckdb');
	const duckdb = await DuckDb.open({ memoryBytes: 512 * 1024 ** 2, threads: 2, scratch });
	try {
		return await computeOnRows({ duckdb, scratch }, project, name, silver);
	} finally {
		await duckdb.close();
		await rm(scratch, { recursive: true, force: true });
	}
}
