import { readFile } from 'node:fs/promises';
import type { CostSummary } from '../operations/cost';
import { listedPrices, type PriceList, priceDate, priceRegion } from '../platform/aws/prices';
import { UsageError } from '../platform/errors';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';

const dayMs = 86_400_000;
const defaultDays = 30;

export const cost = defineTask({
	command: 'cost',
	describe: 'Show what past runs cost on AWS, by day, step and service',
	about: [
		`Adds up the records that each step leaves under costs/ in the lake's bucket: requests, what Athena scanned, and for steps on ECS the time of the task with its public address. By default of the last ${defaultDays} days.`,
		`Prices are those of ${priceRegion} on ${priceDate}, without taxes, free tiers and discounts. --prices FILE replaces some: a JSON object such as {"fargate_vcpu_hour": 0.04656}. Storage, logs, alarms and all else that stands are in docs/cost.md.`,
		'Reads: costs/. Writes: nothing. Returns: from, to, rows (date, step, runs, failed, seconds, requests, usd), services, total_usd, month_usd (a month of such days), emulated (records of an emulator, which billed nothing), elsewhere (records of steps that did not run on ECS, so without their time).',
	].join('\n\n'),
	options: {
		...intervalOptions,
		prices: { type: 'string', describe: 'A JSON file of your own prices' },
	},
	run: async (context, args) => {
		const list = args.prices === undefined ? listedPrices : await readPrices(args.prices);
		const interval = parseInterval(args) ?? lastDays(context.clock());
		const { readCostRecords, summarizeCosts } = await import('../operations/cost');
		const store = await context.bucket(context.config.bucket);
		const { records, unreadable } = await readCostRecords(store, interval);
		if (unreadable.length > 0) {
			context.log.warn(`${unreadable.length} records can't be read and are left out, such as ${unreadable[0]}.`);
		}
		const today = context.clock().toISOString().slice(0, 10);
		const [to = today] = [interval.to, today].sort();
		return { status: 'shown', ...interval, ...summarizeCosts(records, { to, list }) };
	},
	show: (outcome) => costText(outcome as unknown as CostSummary & { from: string; to: string }),
});

function lastDays(now: Date): { from: string; to: string } {
	const date = (at: number) => new Date(at).toISOString().slice(0, 10);
	return { from: date(now.getTime() - (defaultDays - 1) * dayMs), to: date(now.getTime()) };
}

async function readPrices(file: string): Promise<PriceList> {
	const { withOwnPrices } = await import('../operations/cost');
	const text = await readFile(file, 'utf8').catch((error: Error) => {
		throw new UsageError(`--prices ${file} can't be read: ${error.message}.`);
	});
	return withOwnPrices(text, file);
}

function costText({ from, to, rows, services, ...sums }: CostSummary & { from: string; to: string }): string {
	if (rows.length === 0) {
		return `There are no cost records from ${from} to ${to}: no step has run in these days, or none kept a record.`;
	}
	const runs = rows.reduce((sum, row) => sum + row.runs, 0);
	const notes = [
		sums.emulated > 0 &&
			`${sums.emulated} of ${runs} records are of an AWS emulator: nothing was billed. This is what AWS would bill.`,
		sums.elsewhere > 0 && `${sums.elsewhere} of ${runs} steps did not run on ECS: their time is not in the sum.`,
	];
	const dollars = ({ usd, ...row }: { usd: number }) => ({ ...row, usd: usd.toFixed(5) });
	return [
		tableText(rows.map(dollars)),
		tableText(services.map(dollars)),
		`Total: $${sums.total_usd.toFixed(5)}. A month of such days: $${sums.month_usd.toFixed(2)}.`,
		...notes.filter((note) => note !== false),
	].join('\n\n');
}
