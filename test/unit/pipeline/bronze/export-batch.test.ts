import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeXlsx } from 'hucre/xlsx';
import { exportBatch } from '../../../../tasks/pipeline/bronze';
import { NoInputError } from '../../../../tasks/platform/errors';
import { inContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { type Files, ingestFiles, type Options } from './ingest-files';

/** Ingests files as a batch, exports it, and returns the files that were written, by name. */
async function exported(files: Files, options: Options = {}): Promise<Record<string, string>> {
	const store = new MemoryStore();
	await ingestFiles(files, options, store);
	return exportFrom(store);
}

async function exportFrom(store: MemoryStore, batch = '2026-11-20'): Promise<Record<string, string>> {
	const out = await mkdtemp(join(tmpdir(), 'shoplake-export-'));
	try {
		await inContext({ store }, (context) => exportBatch(context, { batch, out }));
		const names = (await readdir(out)).sort();
		return Object.fromEntries(
			await Promise.all(names.map(async (name) => [name, await readFile(join(out, name), 'utf8')])),
		);
	} finally {
		await rm(out, { recursive: true });
	}
}

const order =
	'{"order_id":"o1","user_id":"u1","order_date":"2026-11-20T10:00:00Z","total_amount":"12.50","status":"pending"}';

test('NDJSON comes back record by record, each on its line, also what was rejected or is written in another way', async () => {
	const lines = [
		order,
		'',
		order.replace('"12.50"', '12.5'),
		'{"order_id": "o2",   "user_id":"u1","order_date":"2026-11-20","total_amount":1e1,"status":"pending","note":"\\u00fc"}',
		'not JSON',
		order.replace('pending', 'lost'),
		'',
		'',
		order.replace('o1', 'ö "3"').replaceAll('ö "3"', 'ö \\"3\\"'),
	];
	const text = `${lines.join('\n')}\n`;
	expect(await exported({ 'orders.ndjson': text, 'more/orders-2.ndjson.gz': gzipSync(text) })).toEqual({
		'orders-0000.ndjson': text,
		'orders-0001.ndjson': text,
	});
});

test('CSV comes back with its header, its columns in order and its quotes', async () => {
	const text = [
		'status,order_id,user_id,order_date,total_amount,"a ""note"""',
		'pending,o1,u1,2026-11-20,10.00,',
		'',
		'pending,"o\n2","u,1",2026-11-20T10:00:00+02:00,10.0,"x ""y"""',
		'lost,o3,u1,2026-11-20,10.00,',
		'pending,o4,u1,2026-11-20',
		'pending,o5,u1,2026-11-20,10.00,z',
		'',
	].join('\n');
	expect(await exported({ 'orders.csv': text })).toEqual({ 'orders-0000.csv': text });
	const plain = text
		.replace(/,"a ""note"""/, '')
		.split('\n')
		.slice(0, 3)
		.join('\n')
		.replace('10.00,', '10.00');
	expect(await exported({ 'orders.csv': plain })).toEqual({ 'orders-0000.csv': plain });
});

test('what came in another encoding or layout comes back as UTF-8, with its delimiter, and of JSON a record a line', async () => {
	const text =
		'order_id;user_id;order_date;total_amount;status\no1;Zoë;2026-11-20;10.00;pending\n\no2;"u;1";x;1;lost\n';
	const list = `[\n  ${order},\n  ${order.replace('o1', 'o2')},\n\n  {"order_id": 1 2, "a": "b\nc"}, 7\n]\n`;
	const files = { 'orders-1.csv': Buffer.from(`\ufeff${text}`, 'utf16le'), 'orders-2.json': list };
	expect(await exported(files)).toEqual({
		'orders-0000.csv': text,
		'orders-0001.ndjson': `\n${order}\n${order.replace('o1', 'o2')}\n\n{"order_id":1 2,"a":"b\x1ac"}\n7\n`,
	});
});

test('the rows of a sheet come back as NDJSON, each on the line of its row, cells with errors too', async () => {
	const header = ['order_id', 'user_id', 'order_date', 'total_amount', 'status'];
	const rows = [header, [], ['o1', 'u1', '2026-11-20', 1.5, 'pending'], ['o2', 'u2', '2026-11-20', '#N/A', 'pending']];
	const xlsx = Buffer.from(await writeXlsx({ sheets: [{ name: 'May', rows }] }));
	expect(await exported({ 'orders.xlsx': xlsx })).toEqual({
		'orders-0000.ndjson': [
			'\n\n{"order_id":"o1","user_id":"u1","order_date":"2026-11-20","total_amount":1.5,"status":"pending"}',
			'{"order_id":"o2","user_id":"u2","order_date":"2026-11-20","total_amount":#N/A,"status":"pending"}\n',
		].join('\n'),
	});
});

test('records that were ingested with a mapping come back under the names of their source', async () => {
	const text = 'Bestellung,user_id,order_date,total_amount,status\no1,u1,2026-11-20,10.00,pending\n';
	const map = { orders: { columns: { order_id: 'Bestellung' } } };
	expect(await exported({ 'orders.csv': text }, { map })).toEqual({ 'orders-0000.csv': text });
});

test('a batch that the lake does not have is not found', async () => {
	await expect(exportFrom(new MemoryStore())).rejects.toThrow(NoInputError);
});
