import { eventLines } from '../../generate';
import type { Source, SourceRecord } from './source-records';

/** Days of a generated shop. */
export interface GeneratedEvents {
	/** The first day, YYYY-MM-DD. */
	readonly date: string;
	/** Days; undefined for as many as it takes. */
	readonly days: number | undefined;
	/** Orders of a day: about twelve events each. */
	readonly orders: number;
	readonly seed: string;
}

const dayMs = 24 * 3600_000;

/** The events of generated days, each a source of its own; the same days and seed give the same lines. */
export function* generatedSources(generated: GeneratedEvents): Generator<Source> {
	const { date: first, days = Number.POSITIVE_INFINITY } = generated;
	for (let number = 0; number < days; number++) {
		const date = new Date(Date.parse(first) + number * dayMs).toISOString().slice(0, 10);
		const name = `generated ${date}`;
		yield { name, records: (after) => generateRecords(name, { ...generated, date }, after) };
	}
}

function* generateRecords(
	file: string,
	{ date, orders, seed }: GeneratedEvents,
	after: number,
): Generator<readonly SourceRecord[]> {
	let line = 0;
	for (const lines of eventLines({ date, records: orders, seed })) {
		const records = lines.map((text) => ({ data: Buffer.from(`${text}\n`), file, line: ++line }));
		yield line - records.length >= after ? records : records.filter((record) => record.line > after);
	}
}
