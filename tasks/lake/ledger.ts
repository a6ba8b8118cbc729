import type { BatchManifest, BatchVersion, Ledger } from './model';

/** A ledger with a version of a batch as its newest one in Bronze. */
export function withIngested(ledger: Ledger, manifest: BatchManifest): Ledger {
	const { dataset, batch, attempt, as_of, received, format, contract } = manifest;
	const rejected = Object.values(manifest.rejected).reduce((sum, count) => sum + count, 0);
	const versions = { ...ledger.ingested[dataset], [batch]: { attempt, as_of, received, rejected, format, contract } };
	return { ...ledger, ingested: { ...ledger.ingested, [dataset]: versions } };
}

/** Whether the objects of a batch in Bronze are Parquet; before format 2 they were NDJSON. */
export const isColumnar = ({ format = 1 }: BatchVersion): boolean => format >= 2;
