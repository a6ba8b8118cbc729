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

/** Batches to read, in any order, with the local copies of their Bronze objects (named `<rank>-<place>`) on their way. */
export interface Arrivals {
	readonly batches: readonly Arrival[];
	readonly paths: Promise<readonly string[]>;
}

/** Begins to fetch the Bronze objects of some batches. */
export function fetchArrivals(
	{ store, scratch }: Workbench,
	dataset: DatasetName,
	batches: readonly Arrival[],
): Arrivals {
	const objects = batches.flatMap(({ rank, manifest }) => manifest.files.map(({ key }) => ({ rank, key })));
	const folder = join(scratch, `bronze-${dataset}`);
	const fetch = async () => {
		await mkdir(folder, { recursive: true });
		return mapConcurrently(objects, parallelDownloads, async ({ rank, key }, index) => {
			const path = join(folder, `${rank}-${index}.ndjson.zst`);
			await store.download(key, path);
			return path;
		});
	};
	const paths = fetch();
	// A failure surfaces where the paths are awaited; until then it must not count as unhandled.
	paths.catch(() => undefined);
	return { batches, paths };
}

/**
 * Adds the records of some batches to the table `entries`, typed: content columns, rank, position, copies, home.
 * `home` is SQL of the date a record lives at as far as it tells, and of a table to look it up in.
 */
export async function addArrivals(
	{ duckdb }: Workbench,
	dataset: DatasetName,
	{ batches, paths }: Arrivals,
	home: Home,
): Promise<void> {
	const files = await paths;
	if (files.length === 0) return;
	const rank =
		batches.length === 1 ? String(batches[0]?.rank) : `cast(split_part(parse_filename(filename), '-', 1) as int)`;
	const tidy = batches.every(({ manifest }) => manifest.tidy);
	const texts = Object.keys(datasets[dataset].fields).map((name) => `${identifier(name)}: 'varchar'`);
	const columns = contentColumns(dataset).map(({ name }) => identifier(name));
	await duckdb.execute(
		`insert into entries
		 select ${columns.map((name) => `arrivals.${name}`).join(', ')}, rank, position, 1 as copies, ${home.date} as home
		 from (
			select ${typedColumns(datasets[dataset].fields, tidy)}, ${rank} as rank, ${position} as position
			from read_json([${literals(files)}], format = 'newline_delimited', compression = 'zstd', maximum_object_size = ${longestLine},
				filename = ${batches.length > 1}, columns = {_file: 'int', _line: 'bigint', ${texts.join(', ')}})
		 ) as arrivals ${home.from}`,
	);
}
