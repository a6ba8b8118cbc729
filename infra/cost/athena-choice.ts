import { listedPrices as prices } from '../../tasks/platform/aws/prices';
import { athenaBilledBytes } from '../../tasks/platform/aws/usage';
import { daysOfMonth } from './cost-line';
import type { MeteredDay } from './measured';

/** Statements of `clean` and of `aggregate`, and how often each byte is read (docs/scale.md). */
export const athenaRule = { statements: 60 + 40, reads: 5 } as const;

/** A month of `clean` and `aggregate` on Athena: what a day adds to Bronze and Silver is scanned several times. */
export function athenaMonth({ stored_bytes }: MeteredDay): number {
	const bytes = (stored_bytes['bronze/'] ?? 0) + (stored_bytes['silver/'] ?? 0);
	const scanned = Math.max(athenaRule.statements * athenaBilledBytes(0), bytes * athenaRule.reads);
	return (scanned / 1024 ** 4) * prices.athena_tib_scanned * daysOfMonth;
}
