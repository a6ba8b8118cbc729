import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatasetName, datasets } from '../../contracts';
import { typedColumns } from '../../contracts/typing';
import { identifier, literals } from '../../engines/quote';
import type { Workbench } from '../../engines/table-files';
import type { BatchManifest } from '../../lake';
import { mapConcurrently } from '../../shared/concurrency';
import { contentColumns } from './tables';

/** A version of a batch to read from Bronze, with its place in the order of arrival. */
export interface Arrival {
	readonly rank: number;
	readonly manifest: BatchManifest;
}

/** SQL of the home of a record: an expression, and what has to be joined for it. */
export interface Home {
	readonly date: string;
	readonly from: string;
}

const parallelDownloads = 8;
/** A record's position in its batch: the file's place, then the line; 2^40 lines a file are enough. */
const position = '(cast(_file as bigint) << 40) + _line';
/** Longest line of Bronze, in bytes; ingestion takes none that is longer. */
const longestLine = 32 * 1024 ** 2;

/**
 * Adds the records of some batches to the table `entries`, typed: content columns, rank, position, copies, home.
 * `home` is SQL of the date a record lives at as far as it tells, and of a table to look it up in.
 */
export async function addArrivals(
	{ store, duckdb, scratch }: Workbench,
	dataset: DatasetName,
	arrivals: readonly Arrival[],
	home: Home,
): Promise<void> {
	const objects = arrivals.flatMap(({ rank, manifest }) => manifest.files.map(({ key }) => ({ rank, key })));
	if (objects.length === 0) return;
	const folder = join(scratch, `bronze-${dataset}`);
	await mkdir(folder, { recursive: true });
	const paths = await mapConcurrently(objects, parallelDownloads, async ({ rank, key }, index) => {
		const path = join(folder, `${rank}-${index}.ndjson.zst`);
		await store.download(key, path);
		return path;
	});
	const ranks = new Set(objects.map(({ rank }) => rank));
	const rank = ranks.size === 1 ? String([...ranks][0]) : `cast(split_part(parse_filename(filename), '-', 1) as int)`;
	const tidy = arrivals.every(({ manifest }) => manifest.tidy);
	const texts = Object.keys(datasets[dataset].fields).map((name) => `${identifier(name)}: 'varchar'`);
	const columns = contentColumns(dataset).map(({ name }) => identifier(name));
	await duckdb.execute(
		`insert into entries
		 select ${columns.map((name) => `arrivals.${name}`).join(', ')}, rank, position, 1 as copies, ${home.date} as home
		 from (
			select ${typedColumns(datasets[dataset].fields, tidy)}, ${rank} as rank, ${position} as position
			from read_json([${literals(paths)}], format = 'newline_delimited', compression = 'zstd', maximum_object_size = ${longestLine},
				filename = ${ranks.size > 1}, columns = {_file: 'int', _line: 'bigint', ${texts.join(', ')}})
		 ) as arrivals ${home.from}`,
	);
}
