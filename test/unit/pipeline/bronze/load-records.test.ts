import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadRecords } from '../../../../tasks/pipeline/bronze/validate-records';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';

test('lines that DuckDB reads with several threads keep their numbers', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'load-records-'));
	const duckdb = await DuckDb.open({ memoryBytes: 512 * 1024 ** 2, threads: 4, scratch: folder });
	try {
		const path = join(folder, 'chunk');
		const lines = Array.from({ length: 400_000 }, (_, index) => `{"line":${index + 7},"padding":"${'x'.repeat(60)}"}`);
		await writeFile(path, `${lines.join('\n')}\n`);
		const { records } = await loadRecords(duckdb, { path, kind: 'lines', firstLine: 7, longestLine: 100 });
		const found = await duckdb.row(
			`select count(*) as n, count(*) filter (line <> cast(json_extract_string(raw, '$.line') as bigint)) as misnumbered from (${records})`,
		);
		expect(found).toEqual({ n: '400000', misnumbered: '0' });
	} finally {
		await duckdb.close();
		await rm(folder, { recursive: true });
	}
});
