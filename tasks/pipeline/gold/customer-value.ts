import customerSpans from '../../../sql/gold/customer-spans.sql';
import customerValue from '../../../sql/gold/customer-value.sql';
import unsettledCustomers from '../../../sql/gold/unsettled-customers.sql';
import { goldTables } from '../../contracts';
import type { Relation } from '../../engine';
import { whole } from '../../lake';
import { InternalError } from '../../platform/errors';
import { findChangedDates, partitionVersions } from './changed-dates';
import { type GoldRun, scoped } from './gold-run';
import { computeOrRefuse } from './refuse-partitions';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';
import { changedInputs } from './staleness';
import { writeWhole } from './write-table';

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
	await computeOrRefuse(run, ['customer_value'], [[whole]], () =>
		scoped(run, (run) => computeCustomerValue(run, inputs)),
	);
}

async function computeCustomerValue(run: GoldRun, inputs: InputVersions): Promise<void> {
	const { engine, staged } = run;
	const days = goldTables.customer_daily;
	const { isFromScratch, removed, added } = findChangedDates(
		staged,
		'customer_daily',
		staged.entry('customer_value', whole)?.inputs,
	);
	const changes = {
		customers_before: await engine.attach(
			goldTables.customer_value,
			staged.baseManifest('customer_value'),
			isFromScratch ? [] : undefined,
		),
		customer_days_removed: await engine.attach(days, staged.baseManifest('customer_daily'), removed),
		customer_days_added: await engine.attach(days, staged.manifest('customer_daily'), added),
	};
	const unsettled_customers = await engine.keep(unsettledCustomers, { inputs: changes });
	const isUnsettled = (await engine.count(unsettled_customers)) > 0;
	const customer_daily = await engine.attach(days, staged.manifest('customer_daily'), isUnsettled ? undefined : []);
	const customer_spans = await engine.keep(customerSpans, { inputs: { customer_daily, unsettled_customers } });
	const customer_value = await engine.keep(customerValue, { inputs: { ...changes, customer_spans } });
	await auditCustomerValue(run, customer_value);
	await writeWhole(run, 'customer_value', customer_value, inputs);
}

/** Throws InternalError unless the orders and the revenue of all customers are the sums of `order_kpis` over all dates. */
async function auditCustomerValue({ engine, staged }: GoldRun, customers: Relation): Promise<void> {
	const sums = await engine.duckdb.row(
		`select cast(coalesce(sum(orders), 0) as varchar) as orders,
			cast(cast(coalesce(sum(revenue), 0) * 100 as hugeint) as varchar) as cents from ${customers.name}`,
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
