import { type Contracts, contractDigest, type Dataset, getDataset } from '../contracts';
import { sumCounts } from '../platform/counts';
import { type BatchManifest, type BatchVersion, type Ledger, ownFormat } from './model';

/** A ledger with a version of a batch, which the contract of today has typed, as its newest one in Bronze. */
export function withIngested(ledger: Ledger, manifest: BatchManifest, contracts: Contracts): Ledger {
	const { dataset, batch, attempt, as_of, received, format } = manifest;
	const own = contracts.own[dataset]?.types;
	const version = {
		...{ attempt, as_of, received, rejected: sumCounts(manifest.rejected), format },
		typed_by: contractDigest(getDataset(contracts, dataset)),
		...(own && { own }),
	};
	const versions = { ...ledger.ingested[dataset], [batch]: version };
	return { ...ledger, ...(own && { format: ownFormat }), ingested: { ...ledger.ingested, [dataset]: versions } };
}

/** Whether a version of a batch is typed as the contract of today says. */
export const isTypedToday = (dataset: Dataset, { typed_by }: BatchVersion): boolean =>
	typed_by === contractDigest(dataset);

/** Whether the objects of a batch in Bronze are Parquet; before format 2 they were NDJSON. */
export const isColumnar = ({ format = 1 }: BatchVersion): boolean => format >= 2;
