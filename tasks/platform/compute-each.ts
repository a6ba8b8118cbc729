import { DataRefusedError } from './errors';

/** DuckDB's messages for a value that it can't convert or store. */
const dataErrors = /^(Conversion|Out of Range|Invalid Input) Error/;

/** Whether the data caused an error, so that other data may succeed. */
const isDataError = (error: unknown): boolean =>
	error instanceof DataRefusedError || dataErrors.test((error as Error).message ?? '');

/**
 * Computes dates together. If the data of a date make that fail, bisects the dates until it finds that date and reports it
 * to `refuse`; the others are computed. `compute` may be called again for a date after a failure.
 */
export async function computeEach(
	dates: readonly string[],
	compute: (dates: readonly string[]) => Promise<void>,
	refuse: (date: string, reason: string) => void,
): Promise<void> {
	try {
		await compute(dates);
	} catch (error) {
		if (!isDataError(error)) throw error;
		const [date] = dates;
		if (dates.length === 1 && date !== undefined) return refuse(date, shortReason(error));
		const middle = Math.ceil(dates.length / 2);
		await computeEach(dates.slice(0, middle), compute, refuse);
		await computeEach(dates.slice(middle), compute, refuse);
	}
}

/** The first line of an error's message; DuckDB adds lines about its statement. */
const shortReason = (error: unknown): string => ((error as Error).message.split('\n')[0] ?? '').replace(/\.$/, '');
