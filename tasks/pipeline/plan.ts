import type { TaskContext } from '../context';
import { datasetNames } from '../contracts';
import type { Snapshot } from '../lake';
import { planAggregate } from './gold';
import { planKpiLoad } from './serving';
import { listAdmissions } from './silver';

/** A step that a run would take, on what, and why. */
export interface PlannedStep {
	readonly task: 'clean' | 'aggregate' | 'load-kpis';
	readonly on: string;
	readonly reason: string;
}

/**
 * What `clean`, `aggregate` and `load-kpis` of everything would do to a state of the lake. Gold and DynamoDB follow
 * what is in Silver now; what a planned `clean` changes there, shows once it has run. Batches left out by a withdrawal
 * or a rollback are not in the plan: they are admitted only when named.
 */
export async function planSteps(context: TaskContext, snapshot: Snapshot): Promise<PlannedStep[]> {
	const ledger = await snapshot.ledger();
	const batches = [...new Set(datasetNames.flatMap((dataset) => Object.keys(ledger.ingested[dataset] ?? {})))].sort();
	const admissions = listAdmissions(ledger, batches).filter(
		({ dataset, batch }) => !ledger.left_out[dataset]?.includes(batch),
	);
	const [gold, kpis] = await Promise.all([
		planAggregate(context, { kind: 'all' }, snapshot),
		planKpiLoad(snapshot, { kind: 'all' }),
	]);
	return [
		...admissions.map(({ dataset, batch, reason }) => ({ task: 'clean' as const, on: `${dataset} ${batch}`, reason })),
		...gold.map(({ table, partition, reason }) => ({
			task: 'aggregate' as const,
			on: `${table} ${partition}`,
			reason,
		})),
		...kpis.map(({ date, reason }) => ({ task: 'load-kpis' as const, on: date, reason })),
	];
}
