import { link, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bronzeColumns, type Dataset } from '../contracts';
import { fetchCopies, type ObjectStore } from '../lake';
import { bronzeRowsSql } from '../lake/bronze-files';
import { identifier } from '../platform/duckdb/quote';
import type { RankedBatch } from './engine';

/** Copies the Bronze objects of some batches into scratch, under names that begin with the rank of their batch. */
export async function fetchBronze(
	{ store, scratch }: { readonly store: ObjectStore; readonly scratch: string },
	dataset: Dataset,
	batches: readonly RankedBatch[],
): Promise<string[]> {
	const objects = batches.flatMap(({ rank, manifest }) => manifest.files.map((file) => ({ rank, file })));
	const copies = await fetchCopies(
		{ store, scratch },
		objects.map(({ file }) => file),
	);
	const folder = await mkdtemp(join(scratch, `bronze-${dataset.name}-`));
	const paths = objects.map(({ rank, file }, index) => join(folder, `${rank}-${index}-${basename(file.key)}`));
	await Promise.all(paths.map((path, index) => link(copies[index] as string, path)));
	return paths;
}

/** SQL of the rows in these copies: the columns of Bronze, and `rank`. */
export function rankedRowsSql(dataset: Dataset, batches: readonly RankedBatch[], paths: readonly string[]): string {
	const rank =
		batches.length === 1 ? String(batches[0]?.rank) : `cast(split_part(parse_filename(filename), '-', 1) as int)`;
	const columns = bronzeColumns(dataset).map(({ name }) => identifier(name));
	return `select ${columns.join(', ')}, ${rank} as rank from (${bronzeRowsSql(dataset, paths)})`;
}
