import { type DatasetName, datasetNames } from '../../contracts';
import { UsageError } from '../../platform/errors';
import { parseInstant } from '../../platform/instant';
import { localTime } from '../../platform/time-zone';

/** A batch in the landing zone: of one dataset, or of all that have files. */
export interface LandedBatch {
	readonly batch: string;
	readonly dataset?: DatasetName;
}

const announcement = /^landing\/(?:([^/]+)\/)?batch=([^/]+)\/_READY$/;

/**
 * The batch that an object `_READY` announces, by its key as S3's messages spell it (`landing/orders/batch%3D2026-11-20/_READY`)
 * or as it is. `names` are the datasets that there are. Throws UsageError for another key.
 */
export function parseAnnouncement(key: string, names: readonly DatasetName[] = datasetNames): LandedBatch {
	const [, dataset, batch] = announcement.exec(decodeKey(key)) ?? [];
	if (batch === undefined) {
		throw new UsageError(
			`--ready '${key}' announces no batch: the key is landing/<dataset>/batch=<id>/_READY or landing/batch=<id>/_READY.`,
		);
	}
	if (dataset === undefined) return { batch };
	if (!names.includes(dataset)) {
		throw new UsageError(`--ready '${key}': there is no dataset ${dataset}; there are ${names.join(', ')}.`);
	}
	return { batch, dataset };
}

/** The batch of a daily schedule: that of the day before, in the shop's zone, however late its run starts. Throws UsageError. */
export function scheduledBatch(scheduledAt: string, timeZone: string): LandedBatch {
	const scheduled = parseInstant('--scheduled-at', scheduledAt);
	return { batch: new Date(localTime(timeZone, scheduled.getTime()) - 24 * 3600_000).toISOString().slice(0, 10) };
}

/** S3 encodes keys as in a URL's query. A batch id has neither of the two signs that this would change. */
function decodeKey(key: string): string {
	try {
		return decodeURIComponent(key.replaceAll('+', ' '));
	} catch {
		return key;
	}
}
