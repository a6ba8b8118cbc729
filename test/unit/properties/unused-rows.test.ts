import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { testContext } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';
import { readStoredRecords } from '../../support/stored-records';
import { runs, timeLimitMs } from './runs';

/** Bytes of a chunk; the property changes them. */
let bytesOfChunk = 1024;
jest.mock('../../../tasks/pipeline/bronze/validate-records', () => ({
	...jest.requireActual('../../../tasks/pipeline/bronze/validate-records'),
	chunkBytes: () => bytesOfChunk,
}));

/** A row of a file: its kind, which statements filter by, or undefined where its line can't be parsed. */
type Row = string | undefined;
const row = fc.option(fc.constantFrom('a', 'b', 'c', 'with, comma', 'two\nlines'), { nil: undefined, freq: 8 });
const file = fc.record({
	format: fc.constantFrom('csv', 'ndjson'),
	rows: fc.array(row, { minLength: 1, maxLength: 40 }),
});
/** The kinds that each of two statements takes; one gives a record a row, the other one for all rows of a kind. */
const filters = fc.tuple(fc.subarray(['a', 'b', 'with, comma']), fc.subarray(['b', 'c', 'two\nlines']));

const source = ([first, second]: readonly (readonly string[])[]) => {
	const among = (kinds: readonly string[] = []) =>
		kinds.length === 0 ? 'false' : `kind in (${kinds.map((kind) => `'${kind}'`).join(', ')})`;
	return {
		'source.json': JSON.stringify({ title: 'Random', files: { source: { match: ['*'] } } }),
		'products.sql': `select _file, _line, number as product_id, kind as category, 'n' as name, '1' as price from source where ${among(first)}`,
		'events.sql': `select min(_file) as _file, min(_line) filter (_file = least_file) as _line, kind as event_id, 'purchase' as event_type,
				'u' as user_id, 'p' as product_id, '2026-11-20' as event_time
			from (select *, min(_file) over (partition by kind) as least_file from source where ${among(second)}) group by kind`,
	};
};

/** The text of a file, and the line on which each row starts. */
function written(format: string, rows: readonly Row[], firstNumber: number): { text: string; lines: number[] } {
	let text = format === 'csv' ? 'kind,number\n' : '';
	const lines: number[] = [];
	for (const [index, kind] of rows.entries()) {
		lines.push(text.split('\n').length);
		const number = firstNumber + index;
		if (format === 'csv')
			text += kind === undefined ? 'cut off\n' : `${/[,\n]/.test(kind) ? `"${kind}"` : kind},${number}\n`;
		else text += kind === undefined ? 'not JSON\n' : `${JSON.stringify({ kind, number })}\n`;
	}
	return { text, lines };
}

test(
	'each row of a source is either used or shown as unused, at its line, whatever the files, the filters and the chunks',
	async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(file, { minLength: 1, maxLength: 4 }),
				filters,
				fc.constantFrom(200, 1024, 1024 ** 2),
				async (files, kinds, bytes) => {
					// Without a header or a record that can be parsed, the source has no columns.
					fc.pre(files.some(({ format, rows }) => format === 'csv' || rows.some((kind) => kind !== undefined)));
					bytesOfChunk = bytes;
					const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
					const store = new MemoryStore();
					const { context, dispose } = testContext({ store });
					try {
						await mkdir(join(folder, 'shop'));
						for (const [name, text] of Object.entries(source(kinds))) await writeFile(join(folder, 'shop', name), text);
						await mkdir(join(folder, 'in'));
						const expected: { kind: Row; place: string }[] = [];
						for (const [index, { format, rows }] of files.entries()) {
							const { text, lines } = written(format, rows, index * 1000);
							const name = `${index}.${format}`;
							await writeFile(join(folder, 'in', name), text);
							expected.push(...rows.map((kind, at) => ({ kind, place: `${name}:${lines[at]}` })));
						}
						const outcome = await ingestBatch(context, {
							batch: '2026-11-20',
							maxRejected: 1,
							sources: [join(folder, 'in')],
							map: join(folder, 'shop'),
						});
						const [first, second] = kinds;
						const isFirst = ({ kind }: { kind: Row }, index: number) =>
							expected.findIndex((one) => one.kind === kind) === index;
						const used = (one: { kind: Row }, index: number) =>
							one.kind !== undefined &&
							(first.includes(one.kind) || (second.includes(one.kind) && isFirst(one, index)));
						const unusedPlaces = expected.filter((one, index) => !used(one, index)).map(({ place }) => place);
						expect(outcome.source).toEqual({
							name: 'shop',
							rows: expected.length,
							used: expected.length - unusedPlaces.length,
							unused: unusedPlaces.length,
						});
						const keys = store.keys('quarantine/products').filter((key) => key.endsWith('unused.ndjson.zst'));
						const shown = await readStoredRecords(context, store, 'quarantine', keys);
						expect(shown.map(({ file, line }) => `${file}:${line}`).sort()).toEqual(unusedPlaces.sort());
						const bronze = await readStoredRecords(context, store, 'bronze', store.keys('bronze/products'));
						const products = expected.filter(({ kind }) => kind !== undefined && first.includes(kind));
						expect(bronze.map(({ _file, _line }) => `${_file}:${_line}`).sort()).toEqual(
							products.map(({ place }) => place.replace(/\..*:/, ':')).sort(),
						);
					} finally {
						await dispose();
						await rm(folder, { recursive: true });
					}
				},
			),
			{ numRuns: runs(15) },
		);
	},
	timeLimitMs,
);
