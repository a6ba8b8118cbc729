import { link, mkdtemp } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Dataset, Field } from '../../contracts';
import type { Engine, Relation } from '../../engine';
import { type BatchManifest, fetchCopies } from '../../lake';
import { bronzeRowsSql } from '../../lake/bronze-files';
import { duckdbType } from '../../lake/partitions';
import { identifier } from '../../platform/duckdb/quote';

/** A version of a batch in Bronze, with its place in the order of arrival. */
export interface RankedBatch {
	readonly rank: number;
	readonly manifest: BatchManifest;
}

/** Versions of batches, in any order, and the local copies of their Bronze objects, which may still be on their way. */
export interface FetchedBatches {
	readonly dataset: Dataset;
	readonly batches: readonly RankedBatch[];
	readonly paths: Promise<readonly string[]>;
}

/** A record's position in its batch: the file's place, then the line; 2^40 lines a file are enough. */
const position = '(cast(_file as bigint) << 40) + _line';

/** Begins to fetch the Bronze objects of some batches. */
export function fetchBatches(engine: Engine, dataset: Dataset, batches: readonly RankedBatch[]): FetchedBatches {
	const objects = batches.flatMap(({ rank, manifest }) => manifest.files.map((file) => ({ rank, file })));
	const fetch = async () => {
		const copies = await fetchCopies(
			engine,
			objects.map(({ file }) => file),
		);
		const folder = await mkdtemp(join(engine.scratch, `bronze-${dataset.name}-`));
		// `readRecords` takes the rank from the name.
		const paths = objects.map(({ rank, file }, index) => join(folder, `${rank}-${index}-${basename(file.key)}`));
		await Promise.all(paths.map((path, index) => link(copies[index] as string, path)));
		return paths;
	};
	const paths = fetch();
	// A failure surfaces where the paths are awaited; until then it must not count as unhandled.
	paths.catch(() => undefined);
	return { dataset, batches, paths };
}

/**
 * The records of some batches, typed: content columns, `rank`, `position`, `copies` (1 each). Undefined where there are
 * none.
 */
export async function readRecords(
	engine: Engine,
	{ dataset, batches, paths }: FetchedBatches,
): Promise<Relation | undefined> {
	const files = await paths;
	if (files.length === 0) return undefined;
	const rank =
		batches.length === 1 ? String(batches[0]?.rank) : `cast(split_part(parse_filename(filename), '-', 1) as int)`;
	const content = Object.entries<Field>(dataset.fields).map(
		([name, { type }]) => `cast(${identifier(name)} as ${duckdbType(type)}) as ${identifier(name)}`,
	);
	return engine.view(
		`select ${content.join(', ')}, ${rank} as rank, ${position} as position, 1 as copies from (${bronzeRowsSql(dataset, files)})`,
	);
}
