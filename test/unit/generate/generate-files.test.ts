import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { TaskContext } from '../../../tasks/context';
import { datasets } from '../../../tasks/contracts';
import { generate, generateFiles } from '../../../tasks/generate';
import { UsageError } from '../../../tasks/platform/errors';
import { makeDay, newFolder, readRecords, removeFolders } from '../../support/generated-days';
import { MemoryStore } from '../../support/memory-store';

afterAll(removeFolders);

describe('the files of a day', () => {
	it('are named after their dataset', async () => {
		const folder = await newFolder();
		const { files, records, bytes } = await generateFiles({ date: '2026-11-20', records: 10, folder });
		expect((await readdir(folder)).sort()).toEqual([
			'events-0000.ndjson',
			'order_items-0000.ndjson',
			'orders-0000.ndjson',
			'products-0000.ndjson',
		]);
		expect(records).toMatchObject({ orders: 10, products: 600 });
		for (const file of files) expect(file.bytes).toBe((await stat(file.path)).size);
		expect(bytes.orders).toBe((await stat(join(folder, 'orders-0000.ndjson'))).size);
	});

	it('replace those of an earlier, longer run, and leave other files alone', async () => {
		const folder = await newFolder();
		for (const name of [
			'orders-0000.ndjson',
			'orders-0001.ndjson',
			'orders-0000.csv',
			'events-0003.ndjson',
			'orders.txt',
		]) {
			await writeFile(join(folder, name), 'old\n');
		}
		await generateFiles({ date: '2026-11-20', records: 10, folder, datasets: ['orders'] });
		expect((await readdir(folder)).sort()).toEqual(['events-0003.ndjson', 'orders-0000.ndjson', 'orders.txt']);
		expect((await readFile(join(folder, 'orders-0000.ndjson'), 'utf8')).split('\n')).toHaveLength(11);
	});

	it('stay as they were if the run is stopped', async () => {
		const folder = await newFolder();
		await generateFiles({ date: '2026-11-20', records: 10, folder });
		const before = await readFile(join(folder, 'orders-0000.ndjson'), 'utf8');
		const signal = AbortSignal.abort();
		await expect(generateFiles({ date: '2026-11-20', records: 20, folder, signal })).rejects.toThrow('abort');
		expect(await readFile(join(folder, 'orders-0000.ndjson'), 'utf8')).toBe(before);
		expect(await readdir(folder)).toHaveLength(4);
	});

	it('are split when a day is large', async () => {
		const folder = await newFolder();
		const options = { date: '2026-11-20', records: 520_000, folder, datasets: ['orders'] as const };
		const { files } = await generateFiles(options);
		expect(files.map(({ name }) => name)).toEqual(['orders-0000.ndjson', 'orders-0001.ndjson']);
		expect(files.reduce((sum, { records }) => sum + records, 0)).toBe(520_000);
		expect(files[0]?.bytes).toBeGreaterThan(64 * 1024 ** 2);
		expect(files[0]?.bytes).toBeLessThan(66 * 1024 ** 2);
		const first = await readFile(files[0]?.path as string, 'utf8');
		expect(first.endsWith('}\n')).toBe(true);
		expect(first.split('\n')).toHaveLength((files[0]?.records ?? 0) + 1);
	});

	it('hold the same records as CSV', async () => {
		const options = { date: '2026-11-20', records: 50 };
		const [asCsv, asNdjson] = [await makeDay({ ...options, format: 'csv' }), await makeDay(options)];
		expect(asCsv.lines.order_items[0]).toBe('order_id,line_number,product_id,quantity,unit_price');
		for (const dataset of ['orders', 'order_items', 'products', 'events'] as const) {
			const rows: Record<string, string>[] = parse(asCsv.lines[dataset].join('\n'), { columns: true });
			const filled = rows.map((row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')));
			const records = readRecords(asNdjson, dataset).map((record) =>
				Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)])),
			);
			expect(filled).toEqual(records);
			expect(asCsv.records[dataset]).toBe(records.length);
		}
	});

	it('have as many values per row as the header, even if the generator leaves out a column of the contract', async () => {
		const fields = datasets.events.fields as unknown as Record<string, unknown>;
		fields.device = { ...datasets.events.fields.session_id };
		try {
			const { lines } = await makeDay({ date: '2026-11-20', records: 20, dirt: 0.3, format: 'csv' });
			for (const [dataset, [header = '', ...rows]] of Object.entries(lines)) {
				const values = rows.filter((row) => !row.includes('"')).map((row) => row.split(',').length);
				const usual = values.filter((count) => count === header.split(',').length).length;
				// Dirt cuts some lines off.
				expect({ dataset, usual: usual / values.length > 0.8 }).toEqual({ dataset, usual: true });
			}
		} finally {
			delete fields.device;
		}
	});

	it.each([
		[{ date: '2026-02-30' }, '--date 2026-02-30: give a date as YYYY-MM-DD, such as 2026-11-20.'],
		[{ date: '1969-12-31' }, '--date 1969-12-31 is before 1970-01-01: ingestion rejects records of earlier dates.'],
		[{ date: '2026-11-20', records: 0 }, '--records 0: give a whole number of orders from 1 to 50000000.'],
		[{ date: '2026-11-20', records: 1.5 }, '--records 1.5: give a whole number of orders from 1 to 50000000.'],
		[{ date: '2026-11-20', dirt: 2 }, '--dirt 2: give the share of dirty records from 0 to 0.5, such as 0.02 for 2 %.'],
		[
			{ date: '2026-11-20', since: '2026-11-21' },
			'--since 2026-11-21 is after --date 2026-11-20: the shop would not be open yet.',
		],
	])('are refused for %j', async (options, message) => {
		const made = generateFiles({ ...options, folder: await newFolder() });
		await expect(made).rejects.toThrow(new UsageError(message));
	});
});

describe('the folder of --out', () => {
	it.each([
		['a file', 'file', 'ENOTDIR|EEXIST'],
		['in a file', 'file/below', 'ENOTDIR'],
	])('that is %s is refused with 64', async (_, name, code) => {
		const parent = await newFolder();
		await writeFile(join(parent, 'file'), '');
		const folder = join(parent, name);
		await expect(generateFiles({ date: '2026-11-20', records: 1, folder })).rejects.toMatchObject({
			exitCode: 64,
			message: expect.stringMatching(
				new RegExp(`^--out .*/${name}: nothing can be written there \\((${code})\\)\\. Name a folder of your own\\.$`),
			),
		});
	});
});

describe('generate', () => {
	const taskContext = (store: MemoryStore, buckets: Record<string, MemoryStore> = {}) =>
		({
			signal: new AbortController().signal,
			progress: { update: () => undefined, clear: () => undefined },
			config: { bucket: 'lake' },
			timeZone: async () => 'UTC',
			lake: async () => ({ store }),
			bucket: async (name: string) => buckets[name],
			scratch: newFolder,
		}) as unknown as TaskContext;

	it('writes a day to the landing zone, and deletes the files of an earlier run', async () => {
		const store = new MemoryStore();
		await store.putText('landing/orders/batch=2026-11-20/orders-0001.ndjson', 'old');
		await store.putText('landing/orders/batch=2026-11-19/orders-0001.ndjson', 'another day');
		const outcome = await generate(taskContext(store), { date: '2026-11-20', records: 10 });
		expect(store.keys()).toEqual([
			'landing/events/batch=2026-11-20/events-0000.ndjson',
			'landing/order_items/batch=2026-11-20/order_items-0000.ndjson',
			'landing/orders/batch=2026-11-19/orders-0001.ndjson',
			'landing/orders/batch=2026-11-20/orders-0000.ndjson',
			'landing/products/batch=2026-11-20/products-0000.ndjson',
		]);
		expect(outcome).toMatchObject({
			status: 'generated',
			batch: '2026-11-20',
			location: 's3://lake/landing',
			datasets: { orders: { records: 10, files: 1, dirt: {} }, products: { records: 600, files: 1 } },
		});
		const { lines } = await makeDay({ date: '2026-11-20', records: 10 });
		expect(await store.getText('landing/orders/batch=2026-11-20/orders-0000.ndjson')).toBe(
			`${lines.orders.join('\n')}\n`,
		);
	});

	it('writes a day to its own folder under --out, on disk or in a bucket', async () => {
		const folder = await newFolder();
		const other = new MemoryStore();
		const context = taskContext(new MemoryStore(), { other });
		await generate(context, { date: '2026-11-20', records: 10, out: folder, datasets: ['orders'] });
		await generate(context, { date: '2026-11-21', records: 10, out: folder, datasets: ['orders'] });
		expect((await readdir(folder)).sort()).toEqual(['2026-11-20', '2026-11-21']);
		expect(await readdir(join(folder, '2026-11-21'))).toEqual(['orders-0000.ndjson']);
		await generate(context, { date: '2026-11-20', records: 10, out: 's3://other/days/', datasets: ['orders'] });
		expect(other.keys()).toEqual(['days/2026-11-20/orders-0000.ndjson']);
	});

	it('writes nothing in a dry run', async () => {
		const store = new MemoryStore();
		const outcome = await generate(taskContext(store), { date: '2026-11-20', dryRun: true });
		expect(outcome).toMatchObject({ status: 'planned', orders: 1000, location: 's3://lake/landing' });
		expect(store.keys()).toEqual([]);
	});
});
