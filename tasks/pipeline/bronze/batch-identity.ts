import type { DatasetName } from '../../contracts';
import type { Ledger } from '../../lake';
import { isDate } from '../../platform/dates';
import { UsageError } from '../../platform/errors';
import { parseInstant } from '../../platform/instant';
import { lookUp } from '../../platform/look-up';

/** Letters that a batch id may have: it is part of object keys and of partition values. */
export function checkBatchId(batch: string): void {
	if (!/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$/.test(batch)) {
		throw new UsageError(
			`--batch '${batch}': a batch id has letters, digits and . _ : - only, starts with a letter or digit, and has at most 128.`,
		);
	}
}

/** The as-of of a batch: given, else that of its former version, else its date, else the start of this ingestion. */
export function decideAsOf(
	ledger: Ledger,
	dataset: DatasetName,
	{ asOf, batch }: { readonly asOf?: string | undefined; readonly batch: string },
	startedAt: Date,
): string {
	if (asOf !== undefined) return parseInstant('--as-of', asOf).toISOString();
	const former = lookUp(ledger.ingested[dataset], batch);
	if (former) return former.as_of;
	return (isDate(batch) ? new Date(`${batch}T00:00:00Z`) : startedAt).toISOString();
}
