import type { TaskContext } from '../context';
import type { Snapshot } from '../lake';
import { planAggregate } from './gold';
import { planAllLoads } from './serving';
import { listAdmissions, listIngested } from './silver';

/** A step that a run would take, its object (a batch, a partition or a date), and the reason. */
export interface PlannedStep {
	readonly task: 'clean' | 'aggregate' | 'load-kpis';
	readonly on: string;
	readonly reason: string;
}

/**
 * What `clean`, `aggregate` and `load-kpis` of everything would do to a state of the lake. The steps for Gold and DynamoDB
 * are planned from the current Silver: what a planned `clean` changes shows once it has run. Batches left out by a
 * withdrawal or a rollback are not in the plan: they are admitted only when named.
 */
export async function planSteps(context: TaskContext, snapshot: Snapshot): Promise<PlannedStep[]> {
	const ledger = await snapshot.ledger();
	const { contracts } = await context.lake();
	const admissions = listAdmissions(ledger, listIngested(ledger, contracts), contracts).filter(
		({ dataset, batch }) => !ledger.left_out[dataset]?.includes(batch),
	);
	const [gold, kpis] = await Promise.all([
		planAggregate(context, { kind: 'all' }, snapshot),
		planAllLoads(context, snapshot),
	]);
	return [
		...admissions.map(({ dataset, batch, reason }) => ({ task: 'clean' as const, on: `${dataset} ${batch}`, reason })),
		...gold.map(({ table, partition, reason }) => ({
			task: 'aggregate' as const,
			on: `${table} ${partition}`,
			reason,
		})),
		...kpis.map(({ date, table, reason }) => ({
			task: 'load-kpis' as const,
			on: table === undefined ? date : `${table} ${date}`,
			reason,
		})),
	];
}
