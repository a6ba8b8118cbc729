import { DataRefusedError } from './errors';

/** DuckDB's words for a value that it can't convert or hold. */
const dataErrors = /^(Conversion|Out of Range|Invalid Input) Error/;

/** Whether the data are to blame for an error, so that other data may do. */
const isOfData = (error: unknown): boolean =>
	error instanceof DataRefusedError || dataErrors.test((error as Error).message ?? '');

/**
 * Computes dates together. Where the data of some date make that fail, computes them in halves until the date is found,
 * and tells `refuse` of it; the others are computed. `compute` may be called for a date again after it has failed.
 */
export async function computeEach(
	dates: readonly string[],
	compute: (dates: readonly string[]) => Promise<void>,
	refuse: (date: string, reason: string) => void,
): Promise<void> {
	try {
		await compute(dates);
	} catch (error) {
		if (!isOfData(error)) throw error;
		const [date] = dates;
		if (dates.length === 1 && date !== undefined) return refuse(date, shortReason(error));
		const middle = Math.ceil(dates.length / 2);
		await computeEach(dates.slice(0, middle), compute, refuse);
		await computeEach(dates.slice(middle), compute, refuse);
	}
}

/** What an error says; DuckDB adds lines about its statement. */
const shortReason = (error: unknown): string => ((error as Error).message.split('\n')[0] ?? '').replace(/\.$/, '');
