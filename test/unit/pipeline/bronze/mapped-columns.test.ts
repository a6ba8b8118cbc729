import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MappedColumns } from '../../../../tasks/pipeline/bronze/mapped-columns';
import { DuckDb } from '../../../../tasks/platform/duckdb/duckdb';

let folder: string;
let duckdb: DuckDb;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'mapped-columns-'));
	duckdb = await DuckDb.open({ memoryBytes: 256 * 1024 ** 2, threads: 2, scratch: folder });
});
afterAll(async () => {
	await duckdb.close();
	await rm(folder, { recursive: true });
});

/** Adds chunks of one record each, side by side. */
const addAll = (mapped: MappedColumns, records: readonly string[]) =>
	duckdb.withConnections(records.length, (connections) =>
		Promise.all(connections.map((connection, place) => mapped.add(connection, `select '${records[place]}' as json`))),
	);
const mappingOf = (...columns: string[]) =>
	new MappedColumns('orders', {
		columns: Object.fromEntries(columns.map((column) => [`field_${column}`, column])),
		constants: {},
	});

test('columns that each stand in another chunk are found when the chunks are read side by side', async () => {
	const mapped = mappingOf('a', 'b', 'c');
	await addAll(mapped, ['{"c":1}', '{"a":1}', '{"b":1}']);
	expect(() => mapped.check()).not.toThrow();
});

test('the columns that a message lists are in order, whichever chunk is read first', async () => {
	for (const records of [
		['{"z":1,"a":1}', '{"m":1}'],
		['{"m":1}', '{"z":1,"a":1}'],
	]) {
		const mapped = mappingOf('a', 'b');
		await addAll(mapped, records);
		expect(() => mapped.check()).toThrow("from the column 'b', which no record of its files has. They have: a, m, z.");
	}
});
