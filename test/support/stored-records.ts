import { join } from 'node:path';
import type { TaskContext } from '../../tasks/context';
import type { Row } from '../../tasks/platform/duckdb/duckdb';
import type { MemoryStore } from './memory-store';

/** The records in the objects of Bronze or quarantine, in any order; `keys` says which objects, all by default. */
export async function readStoredRecords(
	context: TaskContext,
	store: MemoryStore,
	layer: 'bronze' | 'quarantine',
	keys: readonly string[] = store.keys(`${layer}/`),
): Promise<Record<string, unknown>[]> {
	const [duckdb, scratch] = [await context.duckdb(), await context.scratch()];
	const found: Record<string, unknown>[] = [];
	for (const key of keys.filter((key) => key.startsWith(`${layer}/`))) {
		const path = join(scratch, 'records');
		await store.download(key, path);
		const rows = await duckdb.rows(
			layer === 'bronze'
				? `select * from read_parquet('${path}', hive_partitioning = false)`
				: `select cast(json as varchar) as json
				   from read_json_objects('${path}', format = 'newline_delimited', compression = 'zstd', maximum_object_size = 33554432)`,
		);
		for (const row of rows) found.push(layer === 'bronze' ? bronzeRecord(row) : JSON.parse(String(row.json)));
	}
	return found;
}

/** A row of Bronze, with its line as a number and its extra fields as an object. */
const bronzeRecord = (row: Row): Record<string, unknown> => ({
	...row,
	_line: Number(row._line),
	_extra: JSON.parse(String(row._extra)),
});
