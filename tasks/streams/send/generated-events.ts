import { eventLines, withLocalTimes } from '../../generate';
import type { Source, SourceRecord } from './source-records';

/** Which days of a generated shop to send. */
export interface GeneratedEvents {
	/** The first day, YYYY-MM-DD. */
	readonly date: string;
	/** Number of days; undefined for no limit. */
	readonly days: number | undefined;
	/** Orders per day, with about twelve events each. */
	readonly orders: number;
	readonly seed: string;
	/** Whether times have no offset, for a shop whose time zone isn't UTC. */
	readonly localTimes?: boolean;
}

const dayMs = 24 * 3600_000;

/** The events of generated days, one source per day; the same days and seed give the same lines. */
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
	{ date, orders, seed, localTimes = false }: GeneratedEvents,
	after: number,
): Generator<readonly SourceRecord[]> {
	let line = 0;
	for (const lines of eventLines({ date, records: orders, seed })) {
		const texts = localTimes ? lines.map(withLocalTimes) : lines;
		const records = texts.map((text) => ({ data: Buffer.from(`${text}\n`), file, line: ++line }));
		yield line - records.length >= after ? records : records.filter((record) => record.line > after);
	}
}
