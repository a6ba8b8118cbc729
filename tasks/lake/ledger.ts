import { type Contracts, contractDigest, type Dataset, getDataset, hasTimes, inTimeZone } from '../contracts';
import { sumCounts } from '../platform/counts';
import { utc } from '../platform/time-zone';
import { type BatchManifest, type BatchVersion, type Ledger, ownFormat } from './model';

/** A ledger with a version of a batch, which the contract of today has typed, as its newest one in Bronze. */
export function withIngested(ledger: Ledger, manifest: BatchManifest, contracts: Contracts): Ledger {
	const { dataset, batch, attempt, as_of, received, format, time_zone } = manifest;
	const own = contracts.own[dataset]?.types;
	const version = {
		...{ attempt, as_of, received, rejected: sumCounts(manifest.rejected), format },
		typed_by: contractDigest(inTimeZone(getDataset(contracts, dataset), time_zone ?? utc)),
		...(own && { own }),
		...(time_zone === undefined ? {} : { time_zone }),
	};
	const versions = { ...ledger.ingested[dataset], [batch]: version };
	return { ...ledger, ...(own && { format: ownFormat }), ingested: { ...ledger.ingested, [dataset]: versions } };
}

/** Whether a version of a batch is typed as the contract of today says, by the days of a time zone. */
export const isTypedToday = (dataset: Dataset, { typed_by }: BatchVersion, timeZone: string): boolean =>
	typed_by === contractDigest(inTimeZone(dataset, timeZone));

/** Whether a version of a batch is typed by the days of a time zone, or has no dates and times. */
export const isTypedIn = (dataset: Dataset, { time_zone = utc }: BatchVersion, timeZone: string): boolean =>
	time_zone === timeZone || !hasTimes(dataset);

/** Whether the objects of a batch in Bronze are Parquet; before format 2 they were NDJSON. */
export const isColumnar = ({ format = 1 }: BatchVersion): boolean => format >= 2;
