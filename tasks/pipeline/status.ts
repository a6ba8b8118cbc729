import type { TaskContext } from '../context';
import { datasetNames } from '../contracts';
import type { Ledger, Snapshot } from '../lake';
import { listDates } from '../platform/dates';
import { lookUp } from '../platform/look-up';
import { planAggregate } from './gold';
import { planKpiLoad } from './serving';

/** How a part of the lake stands on a date. */
export type State = 'current' | 'stale' | 'missing' | 'left out' | '';

/** A date (or a batch whose id is none) and how each layer stands there; `why` tells of all that is not current. */
export interface StatusRow {
	readonly date: string;
	readonly bronze: State;
	readonly silver: State;
	readonly gold: State;
	readonly kpis: State;
	readonly why: string;
}

const isDate = (id: string) => /^\d{4}-\d\d-\d\d$/.test(id);

/**
 * What is missing, stale or current, by date, from one state of the lake. Without an interval: every date the lake
 * knows. In one: each of its dates, those without a batch too.
 */
export async function statusReport(
	context: TaskContext,
	snapshot: Snapshot,
	interval: { from: string; to: string } | undefined,
): Promise<StatusRow[]> {
	const ledger = await snapshot.ledger();
	const [gold, kpis] = await Promise.all([
		planAggregate(context, { kind: 'all' }, snapshot),
		planKpiLoad(snapshot, { kind: 'all' }),
	]);
	const goldPartitions = await listPartitions(snapshot, 'gold_');
	const silverPartitions = await listPartitions(snapshot, 'silver_');
	const serving = (await snapshot.table('serving_kpis')).partitions;
	const batches = new Set(datasetNames.flatMap((dataset) => Object.keys(ledger.ingested[dataset] ?? {})));
	const known = [
		...batches,
		...silverPartitions,
		...goldPartitions,
		...gold.map(({ partition }) => partition),
		...kpis.map(({ date }) => date),
	];
	const dates = new Set(interval ? known.filter((id) => id >= interval.from && id <= interval.to) : known);
	for (const date of interval ? listDates(interval) : []) dates.add(date);
	return [...dates].sort().map((date): StatusRow => {
		const whys: string[] = [];
		const bronze = batches.has(date) ? 'current' : isDate(date) && !silverPartitions.has(date) ? 'missing' : '';
		if (bronze === 'missing') whys.push('no batch of this date is ingested');
		const stale = gold.filter(({ partition }) => partition === date);
		if (stale.length > 0) whys.push(...new Set(stale.map(({ table, reason }) => `${table}: ${reason}`)));
		const load = kpis.find((item) => item.date === date);
		if (load) whys.push(`DynamoDB: ${load.reason}`);
		const silver = silverState(ledger, date, silverPartitions, whys);
		return {
			date,
			bronze,
			silver,
			gold:
				stale.length > 0 ? (goldPartitions.has(date) ? 'stale' : 'missing') : goldPartitions.has(date) ? 'current' : '',
			kpis: load ? (serving[date] ? 'stale' : 'missing') : serving[date] ? 'current' : '',
			why: whys.join('; '),
		};
	});
}

function silverState(ledger: Ledger, date: string, partitions: ReadonlySet<string>, whys: string[]): State {
	const states = datasetNames.flatMap((dataset): State[] => {
		const ingested = lookUp(ledger.ingested[dataset], date);
		const admitted = lookUp(ledger.admitted[dataset], date);
		if (!ingested || ingested.attempt === admitted?.attempt) return ingested ? ['current'] : [];
		if (ledger.left_out[dataset]?.includes(date)) {
			whys.unshift(`${dataset}: left out by a withdrawal or rollback`);
			return ['left out'];
		}
		whys.unshift(`${dataset}: ${admitted ? 'ingested again, not cleaned' : 'ingested, not cleaned'}`);
		return [admitted ? 'stale' : 'missing'];
	});
	const worst = (['left out', 'missing', 'stale', 'current'] as const).find((state) => states.includes(state));
	return worst ?? (partitions.has(date) ? 'current' : '');
}

async function listPartitions(snapshot: Snapshot, prefix: string): Promise<Set<string>> {
	const names = Object.keys(snapshot.head.tables).filter((name) => name.startsWith(prefix));
	const manifests = await Promise.all(names.map((name) => snapshot.table(name)));
	return new Set(manifests.flatMap(({ partitions }) => Object.keys(partitions)));
}
