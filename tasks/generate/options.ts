import { isDate } from '../platform/dates';
import { UsageError } from '../platform/errors';
import { type FileFormat, fileFormats } from './encode';
import { type GeneratedDataset, generatedDatasets } from './generated-datasets';
import { type IdKind, idKinds } from './ids';

/** The inputs that determine a generated day. */
export interface DayOptions {
	/** `YYYY-MM-DD`. */
	readonly date: string;
	/** Orders of the day, 1000 by default. Use the same number for all days of a shop: it determines the number of customers. */
	readonly records?: number | undefined;
	/** Any text; `1` by default. A different seed is a different shop. */
	readonly seed?: string | undefined;
	/** The share of dirty records, from 0 (the default) to 0.5. */
	readonly dirt?: number | undefined;
	/** `time` by default. */
	readonly ids?: IdKind | undefined;
	/** The shop's first day: no late records of earlier dates. By default there are always earlier days. */
	readonly since?: string | undefined;
	/** All by default. */
	readonly datasets?: readonly GeneratedDataset[] | undefined;
	/** `ndjson` by default. */
	readonly format?: FileFormat | undefined;
}

export type CompleteOptions = { readonly [K in keyof DayOptions]-?: Exclude<DayOptions[K], undefined> };

/** The options with their defaults; throws UsageError for an invalid value. */
export function completeOptions(options: DayOptions): CompleteOptions {
	const { date, records = 1000, dirt = 0, ids = 'time', seed = '1', datasets = generatedDatasets } = options;
	const { format = 'ndjson', since = '0001-01-01' } = options;
	requireDate('--date', date);
	requireDate('--since', since);
	if (date < firstDate) {
		throw new UsageError(`--date ${date} is before ${firstDate}: ingestion rejects records of earlier dates.`);
	}
	if (since > date) throw new UsageError(`--since ${since} is after --date ${date}: the shop would not be open yet.`);
	if (!Number.isInteger(records) || records < 1 || records > maxRecords) {
		throw new UsageError(`--records ${records}: give a whole number of orders from 1 to ${maxRecords}.`);
	}
	if (!(dirt >= 0 && dirt <= 0.5)) {
		throw new UsageError(`--dirt ${dirt}: give the share of dirty records from 0 to 0.5, such as 0.02 for 2 %.`);
	}
	requireOneOf('--ids', ids, idKinds);
	requireOneOf('--format', format, fileFormats);
	for (const dataset of datasets) requireOneOf('--dataset', dataset, generatedDatasets);
	return { date, records, dirt, ids, seed, datasets, format, since };
}

const maxRecords = 50_000_000;
/** The first date that the contracts allow. */
const firstDate = '1970-01-01';

function requireDate(flag: string, date: string): void {
	if (isDate(date)) return;
	throw new UsageError(`${flag} ${date}: give a date as YYYY-MM-DD, such as 2026-11-20.`);
}

function requireOneOf(flag: string, value: string, words: readonly string[]): void {
	if (!words.includes(value)) throw new UsageError(`${flag} ${value}: give one of ${words.join(', ')}.`);
}
