import { isSealedBatchId } from '../contracts';
import { DataRefusedError, TryAgainError } from '../platform/errors';
import { isLakeTable, lakeLayout, prefixes } from './layout';

/** The store has no object of this key. */
export class MissingObjectError extends TryAgainError {
	/** @param location how the store calls the object, such as `s3://bucket/key` */
	constructor(location: string) {
		super(`${location} is missing, though it was there before. Was it deleted by hand?`);
	}
}

/** The store has no such version of an object: somebody has deleted it for good. */
export class MissingVersionError extends DataRefusedError {
	/** @param location how the store calls the object, such as `s3://bucket/key` */
	constructor(location: string, version: string) {
		super(`${location}: its version ${version} was deleted for good. Send the file again.`);
	}
}

/** An object that the lake names is missing or is not what was written. The message says how to fix it. */
export class DamagedObjectError extends DataRefusedError {
	constructor(
		readonly key: string,
		/** What differs, as a phrase that follows the key: `is missing`, `has 3 bytes instead of 5`. */
		readonly difference: string,
		/** How to fix it: one or more sentences. */
		readonly fix: string = howToFix(key),
	) {
		super(`${key} ${difference}. ${fix}`);
	}
}

/** How to fix an object that can't be recomputed. */
export const earlierVersion = 'Restore the object from an earlier version of it, if the bucket keeps versions';

/** How to replace an object of the lake that is missing or damaged. */
export function howToFix(key: string, layout = lakeLayout): string {
	const [top = '', kind = '', name = '', batch = ''] = key.split('/');
	const prefix = `${top}/`;
	const isManifest = prefix === prefixes.manifests;
	const isBatchFile = prefix === prefixes.bronze || prefix === prefixes.quarantine;
	if (isBatchFile) return ingestAgain(kind, name.replace(/^batch=/, ''));
	if (isManifest && kind === 'batches') return ingestAgain(name, safelyDecoded(batch));
	if (isManifest && kind === 'ledger') {
		return `${earlierVersion}; or go back to an earlier head: 'shoplake status --history' lists them, 'shoplake rollback --to N' restores one.`;
	}
	if (prefix === prefixes.heads) {
		return `${earlierVersion}; or use another head: 'shoplake status --history' lists those that can be read.`;
	}
	if (prefix === prefixes.iceberg) return "Run 'shoplake crawl --drift' to publish the table again.";
	if (isManifest && !isLakeTable(name, layout)) return `${earlierVersion}.`;
	return "Run 'shoplake rebuild' to recompute it from Bronze.";
}

/** How to fix a batch in Bronze; a sealed one has no source to ingest again. */
function ingestAgain(dataset: string, batch: string): string {
	const withdraw = `'shoplake withdraw --batch ${batch} --dataset ${dataset}'`;
	if (isSealedBatchId(batch)) return `${earlierVersion}; or remove the batch: ${withdraw}.`;
	return `Ingest the batch again from its source ('shoplake ingest --batch ${batch} --dataset ${dataset}'), then run 'shoplake clean --batch ${batch}'; or remove it: ${withdraw}.`;
}

function safelyDecoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
