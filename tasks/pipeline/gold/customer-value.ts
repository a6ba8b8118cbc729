import customerSpans from '../../../sql/gold/customer-spans.sql';
import customerValue from '../../../sql/gold/customer-value.sql';
import unsettledCustomers from '../../../sql/gold/unsettled-customers.sql';
import { goldTables } from '../../contracts';
import { whole } from '../../lake';
import { attach } from '../../lake/partitions';
import { InternalError } from '../../platform/errors';
import { findChangedDates, partitionVersions } from './changed-dates';
import type { GoldRun } from './gold-run';
import { materialize, release } from './materialize';
import { computeOrRefuse, refuseOverflows } from './refuse-partitions';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { writeTable } from './write-table';

/** The versions of all days: what `customer_value` has to be computed from. */
export const customerValueInputs = (staged: StagedSnapshot): InputVersions =>
	partitionVersions(staged, 'customer_daily');

/** Whether `customer_value` was computed from other days than the current ones. */
export function isCustomerValueStale(staged: StagedSnapshot): boolean {
	const recorded = staged.entry('customer_value', whole)?.inputs ?? {};
	return changedInputs(recorded, customerValueInputs(staged)).length > 0;
}

/**
 * Updates `customer_value` by the days that changed since; the result equals a computation from all days. Reads all days
 * where there is nothing to start from, and where the first or last day of some customer is gone.
 */
export async function recomputeCustomerValue(run: GoldRun): Promise<void> {
	const { staged, computed } = run;
	const inputs = customerValueInputs(staged);
	if (!isCustomerValueStale(staged) || computed.reuse(staged, 'customer_value', whole, inputs)) return;
	await computeOrRefuse(run, ['customer_value'], [[whole]], () => computeCustomerValue(run, inputs));
}

async function computeCustomerValue(run: GoldRun, inputs: InputVersions): Promise<void> {
	const { engine, staged } = run;
	const { duckdb } = engine;
	const days = goldTables.customer_daily;
	const { isFromScratch, removed, added } = findChangedDates(
		staged,
		'customer_daily',
		staged.entry('customer_value', whole)?.inputs,
	);
	await attach(engine, goldTables.customer_value, staged.baseManifest('customer_value'), {
		as: 'customers_before',
		...(isFromScratch ? { partitions: [] } : {}),
	});
	await attach(engine, days, staged.baseManifest('customer_daily'), {
		as: 'customer_days_removed',
		partitions: removed,
	});
	await attach(engine, days, staged.manifest('customer_daily'), { as: 'customer_days_added', partitions: added });
	await materialize(duckdb, 'unsettled_customers', unsettledCustomers);
	const { unsettled } = await duckdb.row('select count(*) as unsettled from unsettled_customers');
	await attach(engine, days, staged.manifest('customer_daily'), {
		as: 'customer_daily',
		...(unsettled === '0' ? { partitions: [] } : {}),
	});
	await materialize(duckdb, 'customer_spans', customerSpans);
	await materialize(duckdb, 'customer_value', customerValue);
	await auditCustomerValue(run);
	const fitting = await refuseOverflows(run, ['customer_value'], [whole]);
	await writeTable(
		run,
		'customer_value',
		fitting.map((partition) => ({ partition, inputs })),
	);
	await release(duckdb, ['unsettled_customers', 'customer_spans', 'customer_value']);
}

/** Throws InternalError unless the orders and the revenue of all customers are the sums of `order_kpis` over all dates. */
async function auditCustomerValue({ engine, staged }: GoldRun): Promise<void> {
	const sums = await engine.duckdb.row(
		`select cast(coalesce(sum(orders), 0) as varchar) as orders,
			cast(cast(coalesce(sum(revenue), 0) * 100 as hugeint) as varchar) as cents from customer_value`,
	);
	let orders = 0n;
	let cents = 0n;
	for (const { facts } of Object.values(staged.manifest('order_kpis').partitions)) {
		orders += BigInt(facts?.orders ?? 0);
		cents += BigInt(String(facts?.revenue ?? '0.00').replace('.', ''));
	}
	if (sums.orders === String(orders) && sums.cents === String(cents)) return;
	throw new InternalError(
		`Gold does not add up over all days: customer_value holds ${sums.orders} orders of ${sums.cents} cents, order_kpis ${orders} of ${cents}. Nothing is published.`,
	);
}
