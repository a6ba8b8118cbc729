import type { TaskContext } from '../context';
import type { Ledger, Snapshot } from '../lake';
import { listDates } from '../platform/dates';
import { lookUp } from '../platform/look-up';
import { planAggregate, type StalePartition } from './gold';
import { type DateToLoad, planAllLoads, servingTable } from './serving';
import { listIngested } from './silver';

/** The state of a layer on a date; empty where the layer has nothing to do with the date. */
export type LayerState = 'current' | 'stale' | 'missing' | 'left out' | '';

/** A date (or a batch whose id is not a date) and the state of each layer; `why` explains all that is not current. */
export interface StatusRow {
	readonly date: string;
	readonly bronze: LayerState;
	readonly silver: LayerState;
	readonly gold: LayerState;
	readonly kpis: LayerState;
	readonly why: string;
}

/** What the states of all dates are derived from. */
interface LakeState {
	readonly datasets: readonly string[];
	readonly ledger: Ledger;
	readonly batches: ReadonlySet<string>;
	readonly silverPartitions: ReadonlySet<string>;
	readonly goldPartitions: ReadonlySet<string>;
	readonly staleGold: readonly StalePartition[];
	readonly loadedDates: ReadonlySet<string>;
	readonly datesToLoad: readonly (DateToLoad & { readonly table?: string })[];
}

/** The state of one layer, and why it is not current. */
interface Described {
	readonly state: LayerState;
	readonly reasons: readonly string[];
}

const isDate = (id: string) => /^\d{4}-\d\d-\d\d$/.test(id);

/**
 * Reports what is missing, stale or current, by date, in one state of the lake. Without an interval: every date that the
 * lake knows. With one: each of its dates, those without a batch too.
 */
export async function reportStatus(
	context: TaskContext,
	snapshot: Snapshot,
	interval: { from: string; to: string } | undefined,
): Promise<StatusRow[]> {
	const lake = await readLakeState(context, snapshot);
	const known = [
		...lake.batches,
		...lake.silverPartitions,
		...lake.goldPartitions,
		...lake.staleGold.map(({ partition }) => partition),
		...lake.datesToLoad.map(({ date }) => date),
	];
	const dates = interval
		? [...known.filter((id) => id >= interval.from && id <= interval.to), ...listDates(interval)]
		: known;
	return [...new Set(dates)].sort().map((date) => describeDate(lake, date));
}

async function readLakeState(context: TaskContext, snapshot: Snapshot): Promise<LakeState> {
	const { contracts } = await context.lake();
	const ledger = await snapshot.ledger();
	const [staleGold, datesToLoad, silverPartitions, goldPartitions, serving] = await Promise.all([
		planAggregate(context, { kind: 'all' }, snapshot),
		planAllLoads(context, snapshot),
		listPartitions(snapshot, 'silver_'),
		listPartitions(snapshot, 'gold_'),
		snapshot.table(servingTable),
	]);
	return {
		datasets: contracts.names,
		ledger,
		batches: new Set(listIngested(ledger, contracts)),
		silverPartitions,
		goldPartitions,
		staleGold,
		loadedDates: new Set(Object.keys(serving.partitions)),
		datesToLoad,
	};
}

function describeDate(lake: LakeState, date: string): StatusRow {
	const bronze = describeBronze(lake, date);
	const silver = describeSilver(lake, date);
	const gold = describeGold(lake, date);
	const kpis = describeKpis(lake, date);
	return {
		date,
		bronze: bronze.state,
		silver: silver.state,
		gold: gold.state,
		kpis: kpis.state,
		why: [silver, bronze, gold, kpis].flatMap(({ reasons }) => reasons).join('; '),
	};
}

function describeBronze({ batches, silverPartitions }: LakeState, date: string): Described {
	if (batches.has(date)) return { state: 'current', reasons: [] };
	if (!isDate(date) || silverPartitions.has(date)) return { state: '', reasons: [] };
	return { state: 'missing', reasons: ['no batch of this date is ingested'] };
}

function describeSilver({ datasets, ledger, silverPartitions }: LakeState, date: string): Described {
	const reasons: string[] = [];
	const states = datasets.flatMap((dataset): LayerState[] => {
		const ingested = lookUp(ledger.ingested[dataset], date);
		const admitted = lookUp(ledger.admitted[dataset], date);
		if (!ingested || ingested.attempt === admitted?.attempt) return ingested ? ['current'] : [];
		if (ledger.left_out[dataset]?.includes(date)) {
			reasons.unshift(`${dataset}: left out by a withdrawal or rollback`);
			return ['left out'];
		}
		reasons.unshift(`${dataset}: ${admitted ? 'ingested again, not cleaned' : 'ingested, not cleaned'}`);
		return [admitted ? 'stale' : 'missing'];
	});
	const worst = (['left out', 'missing', 'stale', 'current'] as const).find((state) => states.includes(state));
	return { state: worst ?? (silverPartitions.has(date) ? 'current' : ''), reasons };
}

function describeGold({ goldPartitions, staleGold }: LakeState, date: string): Described {
	const stale = staleGold.filter(({ partition }) => partition === date);
	if (stale.length === 0) return { state: goldPartitions.has(date) ? 'current' : '', reasons: [] };
	const reasons = [...new Set(stale.map(({ table, reason }) => `${table}: ${reason}`))];
	return { state: goldPartitions.has(date) ? 'stale' : 'missing', reasons };
}

function describeKpis({ loadedDates, datesToLoad }: LakeState, date: string): Described {
	const loads = datesToLoad.filter((one) => one.date === date);
	if (loads.length === 0) return { state: loadedDates.has(date) ? 'current' : '', reasons: [] };
	return {
		state: loadedDates.has(date) ? 'stale' : 'missing',
		reasons: loads.map(({ reason, table }) => `DynamoDB${table ? ` (${table})` : ''}: ${reason}`),
	};
}

async function listPartitions(snapshot: Snapshot, prefix: string): Promise<Set<string>> {
	const names = Object.keys(snapshot.head.tables).filter((name) => name.startsWith(prefix));
	const manifests = await Promise.all(names.map((name) => snapshot.table(name)));
	return new Set(manifests.flatMap(({ partitions }) => Object.keys(partitions)));
}
