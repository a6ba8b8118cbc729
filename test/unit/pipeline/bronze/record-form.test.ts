import { join } from 'node:path';
import * as fc from 'fast-check';
import { datasetNames, datasets, type ProductDataset } from '../../../../tasks/contracts';
import type { BatchManifest } from '../../../../tasks/lake';
import { recordTextSql } from '../../../../tasks/pipeline/bronze/record-text';
import { identifier } from '../../../../tasks/platform/duckdb/quote';
import { inContext } from '../../../support/context';
import { MemoryStore } from '../../../support/memory-store';
import { type WrittenFile, writtenFile } from '../../../support/written-records';
import { type Ingested, ingestFiles, orderLine } from './ingest-files';

const asOf = '2026-11-21';

/** A mapping that changes nothing: with it, no record is read by the form of its source. */
function changesNothing(dataset: ProductDataset): Record<string, unknown> {
	const [name = ''] = Object.keys(datasets[dataset].fields);
	return { [dataset]: { columns: { [name]: name } } };
}

/** The texts of a batch's records as Bronze gives them back, by `file:line`. */
async function reproduce(store: MemoryStore, dataset: ProductDataset): Promise<Map<string, string>> {
	const [manifest = ''] = Object.values(store.contents('_manifests/batches/'));
	const { sources, files } = JSON.parse(manifest) as BatchManifest;
	return inContext({ store }, async (context) => {
		const found = new Map<string, string>();
		const path = join(await context.scratch(), 'object');
		for (const { key, form } of files) {
			const text = form ? recordTextSql(datasets[dataset], form, identifier) : 'null';
			await store.download(key, path);
			const rows = await (await context.duckdb()).rows(
				`select _file, _line, coalesce(_raw, ${text}) as text from read_parquet('${path}', hive_partitioning = false)`,
			);
			for (const { _file, _line, text } of rows) found.set(`${sources[Number(_file)]?.name}:${_line}`, String(text));
		}
		return found;
	});
}

/** Ingests files by the forms of their sources and without; returns what both gave, and the texts that Bronze gives back. */
async function ingestTwice(dataset: ProductDataset, files: Readonly<Record<string, string>>) {
	const store = new MemoryStore();
	const byForm = await ingestFiles(files, { asOf }, store);
	const closely = await ingestFiles(files, { asOf, map: changesNothing(dataset) });
	return { byForm, closely, texts: byForm.bronze.length > 0 ? await reproduce(store, dataset) : new Map() };
}

/** The share of accepted records whose text Bronze does not keep. */
const soundShare = ({ bronze }: Ingested) => bronze.filter(({ _raw }) => _raw === null).length / bronze.length;

const fileText = ({ format, header, records }: WrittenFile) =>
	`${[...(format === 'csv' ? [header] : []), ...records].join('\n')}\n`;

/** The lines of files by `file:line`; a byte order mark before a line is no part of it. */
const listLines = (files: Readonly<Record<string, string>>) =>
	new Map(
		Object.entries(files).flatMap(([name, text]) =>
			text.split('\n').map((line, place) => [`${name}:${place + 1}`, line.replace(/^\ufeff+/, '')] as const),
		),
	);

/** The fate of each record, by its place: its typed values, or why it is rejected. */
function fates({ bronze, quarantine, raw }: Ingested): Map<string, string> {
	const accepted = bronze.map(
		({ _raw, _extra, _file, _line, ...values }) => [`${_file}:${_line}`, JSON.stringify(values)] as const,
	);
	const rejected = quarantine.map((fault, place) => [fault.split(' ')[0] ?? '', `${fault}: ${raw[place]}`] as const);
	return new Map([...accepted, ...rejected]);
}

/** The entries of a map that another one lacks; a few are enough, and keep the test's output short. */
const missing = (from: Map<string, string>, all: Map<string, string>) =>
	[...all].filter(([place, text]) => from.get(place) !== text).slice(0, 3);

test.each(datasetNames)(
	'records of %s that are read by the form of their source are typed and rejected as any others, and none of their text is lost',
	async (dataset) => {
		// Judged together, for an ingestion takes its time; the seed of a failure makes the same files again.
		const seed = Date.now();
		try {
			const written = fc.sample(writtenFile(dataset, 150), { numRuns: 8, seed });
			const files = Object.fromEntries(
				written.map((file, place) => [`${dataset}-${place}.${file.format}`, fileText(file)]),
			);
			const { byForm, closely, texts } = await ingestTwice(dataset, files);
			expect(missing(fates(byForm), fates(closely))).toEqual([]);
			expect(missing(fates(closely), fates(byForm))).toEqual([]);
			expect(missing(listLines(files), texts)).toEqual([]);
			expect(texts.size).toBe(byForm.bronze.length);
			expect(soundShare(byForm)).toBeGreaterThan(0.4);
		} catch (error) {
			throw new Error(`seed ${seed}: ${(error as Error).message}`);
		}
	},
);

/** Lines of sound records, as most of a file has to be so that its form is found, and others among them. */
async function ingestAmongSound(
	dataset: ProductDataset,
	{ name, sound, others }: { name: string; sound: readonly string[]; others: readonly string[] },
): Promise<void> {
	const files = { [name]: `${[...sound, ...others].join('\n')}\n` };
	const { byForm, closely, texts } = await ingestTwice(dataset, files);
	expect(missing(fates(byForm), fates(closely))).toEqual([]);
	expect(missing(fates(closely), fates(byForm))).toEqual([]);
	expect(missing(listLines(files), texts)).toEqual([]);
	expect(byForm.bronze.filter(({ _raw }) => _raw === null).length).toBeGreaterThanOrEqual(sound.length - 1);
}

/** An event whose fields are JSON texts; optional ones are absent unless they are given. */
const eventLine = (changes: Readonly<Record<string, string>> = {}) => {
	const fields = { event_id: '"e1"', event_type: '"purchase"', user_id: '5001', product_id: '"p1"', event_time: '0' };
	const all = Object.entries({ ...fields, ...changes });
	return `{${all.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
};
const productLine = (rating: string) =>
	`{"product_id":"p1","name":"Pen","category":"c","price":1.5,"rating":${rating}}`;

test.each([
	['seconds', 0],
	['milliseconds', 1_795_168_800_000],
])('beside times in %s, values that only look sound are typed and rejected as any others', async (_, first) => {
	const ids = [
		...['true', 'null', '-0', '0', '1e5', '5001.0', '05', '[1]', '{}', '"5001"', '9007199254740993', '-7'],
		...['9223372036854775808', '12345678901234567890123', '170141183460469231731687303715884105728'],
	];
	const texts = [
		...['""', '" "', '" x"', '"x\u00a0"', '"\u3000x"', '"x\ty"', '"x\u007f"', '"x\u0085y"', '"é"', '"日本"', '"x"y"'],
		...['"\\u0061"', '"\\ud800"', '"a\\u0000b"', '"a\\tb"', '"null"', '7', 'true', '{"a":1}', `"${'x'.repeat(1025)}"`],
		...[`"${'é'.repeat(513)}"`, `"${'x'.repeat(3000)}"`, '"a","user_id":"b"', '"a\\",\\"user_id\\":\\"b"'],
	];
	const epochs = [
		...[
			'-1',
			'-5e14',
			'5e14',
			'5e20',
			'2.9268765e16',
			'-9.3e15',
			'1.7951688e12',
			'1.7951688e9',
			'5e0',
			'5e-0',
			'007',
			'1e9',
			'1795168800.0',
			'1795168800.25',
			'99999999999',
			'100000000000',
		],
		...['1795168800123', '17951688001234', '9223372036854775807', '"0"', '"epoch"', '"infinity"', 'null', 'true'],
	];
	const wholes = ['1', '-1', '0', '3.0', '"3"', '2147483647', '2147483648', '1e2', 'null', 'true', 'NaN', '" 3"', '-0'];
	const line = eventLine();
	await ingestAmongSound('events', {
		name: 'events.ndjson',
		sound: Array.from({ length: 200 }, (_, place) => eventLine({ event_time: String(first + place) })),
		others: [
			...ids.map((user_id) => eventLine({ user_id })),
			...texts.map((product_id) => eventLine({ product_id })),
			...epochs.map((event_time) => eventLine({ event_time })),
			...wholes.flatMap((quantity) => [eventLine({ quantity }), eventLine({ price: quantity })]),
			...[
				`\ufeff${line}`,
				` ${line}`,
				`${line} `,
				`${line},`,
				`[${line}]`,
				`${line}${line}`,
				line.slice(0, -1),
				'{}',
				'7',
			],
			...[line.replace('event_id', 'EVENT_ID'), line.replace('event_id', 'event\\u005fid'), line.replace(',', ' ,')],
			eventLine({ _file: '1', _line: '"x"', _raw: '"y"', _extra: '{}' }),
			`${line.slice(0, -1)},"user_id":5002}`,
			`${line.slice(0, -1)},"user\\u005fid":5002}`,
			`${line.slice(0, -1)},"user_id":5001}`,
			`${line.slice(0, -1)},}`,
		],
	});
});

test.each(['4.5', '4', '"4.5"'])(
	'ratings that only look like the usual %s are typed and rejected as any others',
	async (usual) => {
		const numbers = [
			'NaN',
			'nan',
			'inf',
			'-0.0',
			'-0',
			'0',
			'5',
			'5.0',
			'5.01',
			'1e-7',
			'4.50',
			'.5',
			'5.',
			'1e400',
			'4e0',
		];
		await ingestAmongSound('products', {
			name: 'products.ndjson',
			sound: Array.from({ length: 200 }, () => productLine(usual)),
			others: numbers.flatMap((text) => [productLine(text), productLine(`"${text}"`)]),
		});
	},
);

test.each(['2026-11-20T10:00:00Z', '2026-11-20 10:00:00.123', '2026-11-20T10:00:00.123456+00:00', '2026-11-20'])(
	'times that only look like the usual %s are typed and rejected as any others',
	async (usual) => {
		const clocks = [
			'10:00:00',
			'24:00:00',
			'23:59:60',
			'25:00:00',
			'10:00',
			'10:00:00.1',
			'10:00:00.123',
			'10:00:00.1234567',
		];
		const times = [
			...[
				'infinity',
				' infinity ',
				'-infinity',
				'epoch',
				'10000-01-01',
				'10000-01-01T00:00:00Z',
				'0000-01-01',
				'1969-12-31',
			],
			...[
				'2026-11-31',
				'2026-02-29',
				'2024-02-29',
				'20261120',
				'2026-11-22',
				'2026-11-23',
				'2026-11-20 (BC)',
				'-026-11-20',
			],
			...['T', ' ', 't'].flatMap((space) =>
				clocks.flatMap((clock) =>
					['', 'Z', 'z', '+00:00', '-00:00', '+02:00', '+14:01'].map((offset) => `2026-11-20${space}${clock}${offset}`),
				),
			),
		];
		const others = times.map((time) => orderLine({ order_date: JSON.stringify(time) }));
		const sound = Array.from({ length: 200 }, () => orderLine({ order_date: JSON.stringify(usual) }));
		await ingestAmongSound('orders', { name: 'orders.ndjson', sound, others });
	},
);

test('amounts that only look like the usual 12.50 are typed and rejected as any others', async () => {
	const amounts = [
		...[
			'12.5',
			'12',
			'12.505',
			'-0.00',
			'0.00',
			'1e2',
			'012.50',
			'.50',
			'9999999999.99',
			'10000000000.00',
			'-1.00',
			'+1.00',
		],
		...['12.50 ', '1_0.00', '12.5000000000000000001', '"12.50"', 'true', 'null', '0.1e1', '12.49999999999999999999'],
	];
	await ingestAmongSound('orders', {
		name: 'orders.ndjson',
		sound: Array.from({ length: 200 }, () => orderLine({ total_amount: '12.50' })),
		others: amounts.map((total_amount) => orderLine({ total_amount })),
	});
});

test('values of CSV that only look sound are typed and rejected as any others', async () => {
	const names = [
		...[
			'a\x00b',
			'a\x07b',
			'a\x1ab',
			'a\tb',
			'\ta',
			'a\x7fb',
			'a\u0085b',
			'a\\b',
			'"a,b"',
			'"a""b"',
			'"a"',
			'a"b',
			'',
			' a',
			'é',
		],
		...['a,b', '\ufeffa', '{"a":1}', 'true', '5001.0', '1e5', '\\u0061', 'null'],
	];
	await ingestAmongSound('products', {
		name: 'products.csv',
		sound: ['product_id,name,category,price,rating', ...Array.from({ length: 200 }, (_, id) => `${id},Pen,c,1.5,4.5`)],
		others: [
			...names.flatMap((name) => [`p1,${name},c,1.5,4.5`, `${name},Pen,c,1.5,`, `p1,Pen,c,1.5,${name}`]),
			...['1.50', ' 1.5', '1', '1e5', '-0', ''].map((price) => `p1,Pen,c,${price},4`),
		],
	});
});

test('a value with line breaks in CSV keeps its text', async () => {
	const record = 'p1,"a\nb",c,1';
	const lines = ['product_id,name,category,price', ...Array.from({ length: 9 }, () => 'p1,Pen,c,1'), record];
	const { texts } = await ingestTwice('products', { 'products.csv': `${lines.join('\n')}\n` });
	expect(texts.get('products.csv:11')).toBe(record);
});

test('records that lack their first field, which is optional, keep their values and texts', async () => {
	const other = eventLine().slice(1);
	await ingestAmongSound('events', {
		name: 'events.ndjson',
		sound: Array.from({ length: 100 }, () => `{"session_id":"s1",${other}`),
		others: Array.from({ length: 50 }, () => `{${other}`),
	});
});
