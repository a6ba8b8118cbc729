import type { StreamName } from '../../contracts';
import type { ObjectStore } from '../../lake';
import { sealedTag } from '../../lake/layout';
import { mapConcurrently } from '../../platform/concurrency';
import { isRetryable } from '../../platform/failure';
import { withRetries } from '../../platform/retry';
import type { DeliveredObject } from './delivered-objects';
import { readSealedMark, writeSealedMark } from './sealed-mark';

/** Requests in parallel: far below the 3,500 a second that S3 takes under a prefix. */
const parallelTags = 32;
/** Objects tagged between two marks: so many are tagged again at most after a run that died. */
const objectsPerMark = 10_000;
/** For what is still throttled after the retries of the SDK. */
const retries = { firstMs: 200, longestMs: 5000, tries: 6 } as const;

/** What is tagged in a run: `name` is that of a delivered object. */
export interface TagOptions {
	readonly stream: StreamName;
	/** All delivered objects of a listing, in arrival order; each of them is sealed. */
	readonly objects: readonly DeliveredObject[];
	/** The names of those that this run has sealed. */
	readonly fresh: ReadonlySet<string>;
	readonly signal: AbortSignal;
	/** Called with the number of tagged objects. */
	readonly onProgress?: (tagged: number) => void;
}

/**
 * Tags sealed objects, so that the bucket's rules may delete them: those that this run has sealed, and those after the stream's
 * mark, which a run that died has left untagged. One request an object. Resolves to how many were tagged; one that is gone is not
 * counted.
 */
export async function tagSealed(
	store: ObjectStore,
	{ stream, objects, fresh, signal, onProgress }: TagOptions,
): Promise<number> {
	const mark = await readSealedMark(store, stream);
	const isNew = ({ name, modified }: DeliveredObject) => modified > mark || fresh.has(name);
	if (!objects.some(isNew)) return 0;
	// Times of S3 are whole seconds: more of the mark's own second may have been sealed since.
	const untagged = objects.filter((object) => isNew(object) || object.modified.getTime() === mark.getTime());
	let tagged = 0;
	for (let start = 0; start < untagged.length; start += objectsPerMark) {
		const some = untagged.slice(start, start + objectsPerMark);
		const found = await mapConcurrently(some, parallelTags, ({ key }) => tagObject(store, key, signal), signal);
		tagged += found.filter(Boolean).length;
		onProgress?.(tagged);
		const newest = some.at(-1)?.modified ?? mark;
		if (newest > mark) await writeSealedMark(store, stream, newest);
	}
	return tagged;
}

const tagObject = (store: ObjectStore, key: string, signal: AbortSignal): Promise<boolean> =>
	withRetries({ ...retries, mayPass: isRetryable, signal }, () => store.tag(key, sealedTag));
