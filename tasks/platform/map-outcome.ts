import { PartlyRefusedError } from './errors';
import type { Outcome } from './result';

/** The outcome of some work with `change` applied, even if the work refused some of the data. */
export async function mapOutcome<O extends Outcome>(
	work: Promise<Outcome>,
	change: (outcome: Outcome) => O | Promise<O>,
): Promise<O> {
	const ended = await work.catch((error: unknown) => {
		if (error instanceof PartlyRefusedError) return error;
		throw error;
	});
	if (!(ended instanceof PartlyRefusedError)) return change(ended);
	throw new PartlyRefusedError(ended.message, await change(ended.outcome));
}
