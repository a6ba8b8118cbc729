import type { TaskContext } from '../../context';
import type { DuckDbEngine } from '../../engine';
import { type LakeLayout, listFilePrefixes } from '../../lake';
import type { Interval } from '../../lake/changed-tables';
import { checkFile } from '../../lake/check-file';
import { mapConcurrently } from '../../platform/concurrency';
import type { NamedFile, Note } from './manifests';

/** Files that are fetched and read concurrently. */
const parallelReads = 4;

/** Compares files with the stored objects; outside of an interval only their sizes. Returns how many it read. */
export async function checkFiles(
	{ signal, progress }: Pick<TaskContext, 'signal' | 'progress'>,
	engine: DuckDbEngine,
	files: readonly NamedFile[],
	interval: Interval | undefined,
	note: Note,
	layout: LakeLayout,
): Promise<number> {
	const stored = await listSizes(engine, layout);
	const toRead = files.filter(({ file: { key, bytes }, date }) => {
		const size = stored.get(key);
		if (size === undefined) note(key, 'is missing, but the lake references it');
		else if (size !== bytes) note(key, `is damaged: it has ${size} bytes instead of ${bytes}`);
		return size === bytes && isWithin(interval, date);
	});
	let done = 0;
	const compareFile = async ({ file, fingerprint }: NamedFile) => {
		const difference = await checkFile(engine, file, { fingerprint, decode: true });
		if (difference !== undefined) note(file.key, difference);
		progress.update('files verified', ++done, toRead.length);
	};
	await mapConcurrently(toRead, parallelReads, compareFile, signal);
	progress.clear();
	return toRead.length;
}

/** A file without a date is within every interval. */
function isWithin(interval: Interval | undefined, date: string): boolean {
	if (!interval || !/^\d{4}-\d\d-\d\d$/.test(date)) return true;
	return date >= interval.from && date <= interval.to;
}

async function listSizes({ store }: DuckDbEngine, layout: LakeLayout): Promise<Map<string, number>> {
	const sizes = new Map<string, number>();
	for (const prefix of listFilePrefixes(layout)) {
		for await (const { key, bytes } of store.list(prefix)) sizes.set(key, bytes);
	}
	return sizes;
}
