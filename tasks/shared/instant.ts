import { UsageError } from './errors';

/** The instant of a date or an ISO time, in UTC where it has no offset; throws UsageError that names the flag. */
export function instantOf(flag: string, text: string): Date {
	const instant = new Date(/T/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? `${text}Z` : text);
	if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(instant.getTime())) return instant;
	throw new UsageError(`${flag} '${text}' is neither a date (2026-11-20) nor an instant (2026-11-20T06:00:00Z).`);
}
