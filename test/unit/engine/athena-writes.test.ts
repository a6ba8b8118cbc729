import type { ScratchTables } from '../../../tasks/engine/athena/scratch-tables';
import { writePartitions } from '../../../tasks/engine/athena/write-partitions';
import type { FileTable } from '../../../tasks/lake/partitions';
import { DataRefusedError, InternalError } from '../../../tasks/platform/errors';

const table: FileTable = {
	name: 'records_visits',
	columns: [
		{ name: 'user_id', type: 'string' },
		{ name: 'at', type: 'timestamp' },
	],
	partition: { column: 'day' },
};
const dates = Array.from({ length: 250 }, (_, day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10));

/** Tables in which each date has three rows in two files, as a statement of Athena leaves and measures them. */
function standIn({ ids = ['user_id', 'at', 'day'], rows = 3 } = {}) {
	const statements: string[] = [];
	const datesOf = (sql: string) => [...sql.matchAll(/date '([^']+)'/g)].map(([, date = '']) => date);
	const tables = {
		create: async (sql: string) => {
			statements.push(sql);
			const files = datesOf(sql).flatMap((partition) =>
				[1, 2].map((rows) => ({ key: `${partition}/${rows}.parquet`, rows, bytes: 9, partition })),
			);
			const columns = ids.map((name, index) => ({ id: index + 1, name, type: 'string' }));
			return { sql, readFiles: async () => ({ columns, files }) };
		},
		statements: {
			run: async (build: () => string) => ({
				results: async () => ({
					columns: ['place', 'n', 'fingerprint'].map((name) => ({ name, type: 'varchar' })),
					pages: (async function* () {
						yield datesOf(build()).map((date) => [date, String(rows), `sum of ${date}`]);
					})(),
				}),
			}),
		},
	};
	return { statements, tables: tables as unknown as ScratchTables };
}

test('a statement writes at most 100 partitions, and a date that did not change keeps its entry', async () => {
	const { statements, tables } = standIn();
	const kept = { version: 'before', files: [], rows: 3, fingerprint: `athena1:sum of ${dates[1]}` };
	const written = await writePartitions(tables, table, 'select 1', {
		partitions: dates,
		attempt: 'now',
		current: { [dates[0] as string]: { ...kept, rows: 2 }, [dates[1] as string]: kept },
	});
	expect(statements.map((sql) => sql.match(/date '/g)?.length)).toEqual([100, 100, 50]);
	expect(written.size).toBe(250);
	expect(written.get(dates[1] as string)).toBe(kept);
	expect(written.get(dates[0] as string)).toEqual({
		version: 'now',
		files: [
			{ key: '2026-01-01/1.parquet', rows: 1, bytes: 9 },
			{ key: '2026-01-01/2.parquet', rows: 2, bytes: 9 },
		],
		rows: 3,
		fingerprint: 'athena1:sum of 2026-01-01',
	});
});

const write = (tables: ScratchTables, partition = '2026-01-01') =>
	writePartitions(tables, table, 'select 1', { partitions: [partition], attempt: 'now' });

test('nothing is written whose columns got other ids, whose rows are not all in files, or whose date Athena can’t write', async () => {
	await expect(write(standIn({ ids: ['at', 'user_id', 'day'] }).tables)).rejects.toThrow(InternalError);
	await expect(write(standIn({ rows: 4 }).tables)).rejects.toThrow('wrote 4 rows of records_visits 2026-01-01, but');
	await expect(write(standIn().tables, '0044-03-15 (BC)')).rejects.toThrow(DataRefusedError);
});
