/**
 * Measures `shoplake ingest` of one large day from local files, in the formats that sources come in: NDJSON plain, NDJSON
 * gzip, CSV. All run in turns.
 *
 *   npx tsx bench/ingest.ts [--records 1000000] [--ids random] [--repeat 3] [--memory 1GiB]
 *
 * Prints Markdown. Fails unless every format gives the same number of received and of rejected records.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { generateFiles, type IdKind } from '../tasks/generate';
import type { Measured } from '../test/support/measure';
import { machine, markdownTable, median, spread } from './support/figures';
import { startAws } from './support/lake';

const date = '2026-11-20';
const { values: flags } = parseArgs({
	options: {
		records: { type: 'string', default: '1000000' },
		ids: { type: 'string', default: 'random' },
		dirt: { type: 'string', default: '0.02' },
		repeat: { type: 'string', default: '3' },
		memory: { type: 'string', default: '1GiB' },
		work: { type: 'string', default: join(import.meta.dirname, '..', '.shoplake', 'bench') },
	},
});
const work = join(flags.work, 'ingest');
const sources = { 'NDJSON, plain': join(work, 'plain'), 'NDJSON, gzip': join(work, 'gzip'), CSV: join(work, 'csv') };
type Format = keyof typeof sources;

const records = await writeSources();
console.error(`generated ${records} records`);
const aws = await startAws({ SHOPLAKE_MEMORY: flags.memory, SHOPLAKE_THREADS: '2', SHOPLAKE_SCRATCH: flags.work });
const measured: Record<Format, Measured[]> = { 'NDJSON, plain': [], 'NDJSON, gzip': [], CSV: [] };
try {
	const formats = Object.keys(sources) as Format[];
	for (let turn = 0; turn < Number(flags.repeat) * formats.length; turn++) {
		const format = formats[(turn + Math.floor(turn / formats.length)) % formats.length] as Format;
		const lake = await aws.lake(`bench-ingest-${turn}`);
		measured[format].push(await lake.task('ingest', '--batch', date, '--source', sources[format], '--json'));
		await lake.empty();
	}
} finally {
	await aws.stop();
	await rm(work, { recursive: true, force: true });
}
requireSameCounts();
console.log(
	[
		`${records} records; ${flags.ids} ids; ${flags.repeat} rounds; SHOPLAKE_MEMORY=${flags.memory}; ${machine()}.`,
		'',
		markdownTable(Object.entries(measured).map(([what, runs]) => row(what, runs))),
	].join('\n'),
);

/** Writes the same day in every format; returns its number of records. */
async function writeSources(): Promise<number> {
	const day = {
		date,
		records: Number(flags.records),
		dirt: Number(flags.dirt),
		ids: flags.ids as IdKind,
		datasets: ['orders', 'order_items', 'products'] as const,
	};
	const plain = await generateFiles({ ...day, folder: sources['NDJSON, plain'] });
	await generateFiles({ ...day, format: 'csv', folder: sources.CSV });
	await mkdir(sources['NDJSON, gzip'], { recursive: true });
	for (const { name, path } of plain.files) {
		const target = join(sources['NDJSON, gzip'], `${name}.gz`);
		await pipeline(createReadStream(path), createGzip(), createWriteStream(target));
	}
	return plain.files.reduce((sum, file) => sum + file.records, 0);
}

function requireSameCounts(): void {
	const rejected = new Set<unknown>();
	for (const [format, runs] of Object.entries(measured)) {
		for (const { result } of runs) {
			if (result.received !== records) throw new Error(`${format}: received ${result.received} of ${records} records`);
			rejected.add(result.rejected);
		}
	}
	if (rejected.size !== 1) throw new Error(`the formats differ in rejected records: ${[...rejected].join(', ')}`);
}

function row(what: string, runs: readonly Measured[]) {
	return {
		what,
		'seconds (min / median / max)': spread(runs.map(({ seconds }) => seconds)),
		'records a second (median)': Math.round(records / median(runs.map(({ seconds }) => seconds))),
		'CPU seconds': median(runs.map(({ cpuSeconds }) => cpuSeconds)).toFixed(1),
		'peak MiB': Math.max(...runs.map(({ peakMib }) => peakMib)),
	};
}
