import { listedPrices, type PriceList } from '../../platform/aws/prices';
import { costOfRecord } from './cost-of-record';
import type { CostRecord } from './cost-record';

/** What a step has cost on a day. */
export interface StepCost {
	readonly date: string;
	readonly step: string;
	readonly runs: number;
	readonly failed: number;
	readonly seconds: number;
	readonly requests: number;
	readonly usd: number;
}

export interface CostSummary {
	/** By date and step. */
	readonly rows: readonly StepCost[];
	/** The most expensive service first. */
	readonly services: readonly { readonly service: string; readonly usd: number }[];
	readonly total_usd: number;
	/** What a month of such days costs: from the first day with a record on. */
	readonly month_usd: number;
	/** Records of an emulator, which billed nothing. */
	readonly emulated: number;
	/** Records of steps that did not run on Fargate: their time is not in the sum. */
	readonly elsewhere: number;
}

const dayMs = 86_400_000;
const daysOfMonth = 365 / 12;

/** Adds up records; `to` is the last day that they may be of. */
export function summarizeCosts(
	records: readonly CostRecord[],
	{ to, list = listedPrices }: { readonly to: string; readonly list?: PriceList },
): CostSummary {
	const rows = new Map<string, StepCost>();
	const services = new Map<string, number>();
	for (const record of records) {
		const costs = Object.entries(costOfRecord(record, list));
		for (const [service, usd] of costs) services.set(service, (services.get(service) ?? 0) + usd);
		const date = record.started_at.slice(0, 10);
		const key = `${date} ${record.step}`;
		const usd = costs.reduce((sum, [, cost]) => sum + cost, 0);
		rows.set(key, addRun(rows.get(key) ?? emptyRow(date, record.step), record, usd));
	}
	const total = [...services.values()].reduce((sum, usd) => sum + usd, 0);
	const first = records[0]?.started_at.slice(0, 10) ?? to;
	const days = Math.max(1, Math.round((Date.parse(to) - Date.parse(first)) / dayMs) + 1);
	return {
		rows: [...rows.values()].map((row) => ({ ...row, seconds: round(row.seconds, 3), usd: round(row.usd, 7) })),
		services: [...services]
			.map(([service, usd]) => ({ service, usd: round(usd, 7) }))
			.sort((one, other) => other.usd - one.usd),
		total_usd: round(total, 7),
		month_usd: round((total / days) * daysOfMonth, 2),
		emulated: records.filter(({ emulator }) => emulator).length,
		elsewhere: records.filter(({ fargate }) => fargate === null).length,
	};
}

const emptyRow = (date: string, step: string): StepCost => ({
	date,
	step,
	runs: 0,
	failed: 0,
	seconds: 0,
	requests: 0,
	usd: 0,
});

const addRun = (row: StepCost, { exit_code, seconds, requests }: CostRecord, usd: number): StepCost => ({
	...row,
	runs: row.runs + 1,
	failed: row.failed + (exit_code === 0 ? 0 : 1),
	seconds: row.seconds + seconds,
	requests: row.requests + countRequests(requests),
	usd: row.usd + usd,
});

const countRequests = (requests: CostRecord['requests']): number =>
	Object.values(requests)
		.flatMap((operations) => Object.values(operations))
		.reduce((sum, count) => sum + count, 0);

const round = (value: number, places: number): number => Math.round(value * 10 ** places) / 10 ** places;
