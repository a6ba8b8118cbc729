import type { StreamName } from '../../contracts';
import type { ObjectStore } from '../../lake';
import { prefixes } from '../../lake/layout';
import { listDeliveredObjects } from './delivered-objects';

/**
 * A stream's mark, `_hints/sealed-<stream>`, is the time of modification up to which all of its objects are sealed and
 * tagged; 1970 if there is none. A mark that is lost costs requests, nothing else: the next seal tags all objects again.
 */
export async function readSealedMark(store: ObjectStore, stream: StreamName): Promise<Date> {
	const time = Date.parse((await store.getText(markKey(stream))) ?? '');
	return new Date(Number.isNaN(time) ? 0 : time);
}

export async function writeSealedMark(store: ObjectStore, stream: StreamName, mark: Date): Promise<void> {
	await store.putText(markKey(stream), mark.toISOString());
}

/** The age of a stream's oldest object that is not sealed and tagged, in milliseconds; 0 if all are. */
export async function measureOldestUnsealed(store: ObjectStore, stream: StreamName, now: Date): Promise<number> {
	const mark = await readSealedMark(store, stream);
	const { objects } = await listDeliveredObjects(store, stream, now);
	const oldest = objects.find(({ modified }) => modified > mark);
	return oldest ? now.getTime() - oldest.modified.getTime() : 0;
}

const markKey = (stream: StreamName): string => `${prefixes.hints}sealed-${stream}`;
