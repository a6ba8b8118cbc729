import customerSpans from '../../../sql/gold/customer-spans.sql';
import customerValue from '../../../sql/gold/customer-value.sql';
import unsettledCustomers from '../../../sql/gold/unsettled-customers.sql';
import { goldTables } from '../../contracts';
import { whole } from '../../lake';
import { attach } from '../../lake/partitions';
import { computeEach } from '../../platform/compute-each';
import { InternalError } from '../../platform/errors';
import { compareVersions, partitionVersions } from './difference';
import type { GoldDraft, Inputs } from './draft';
import { materialize, release } from './materialize';
import { movedInputs } from './staleness';
import { refuseOverflows, refuseTogether, type Work, writeTable } from './write-table';

/** The versions of the days that `customer_value` has to be computed from. */
export const customerInputs = (draft: GoldDraft): Inputs => partitionVersions(draft, 'customer_daily');

/** Whether `customer_value` is not of the current days. */
export function areCustomersStale(draft: GoldDraft): boolean {
	const recorded = draft.entry('customer_value', whole)?.inputs ?? {};
	return movedInputs(recorded, customerInputs(draft)).length > 0;
}

/**
 * Brings `customer_value` up to date by the days that changed since; equal to a computation from all days. All days
 * are read where there is nothing to start from, and where the first or last day of some customer is gone.
 */
export async function restateCustomers(work: Work): Promise<void> {
	const { draft, built } = work;
	const inputs = customerInputs(draft);
	if (!areCustomersStale(draft) || built.recall(draft, 'customer_value', whole, inputs)) return;
	await computeEach([whole], () => computeCustomers(work, inputs), refuseTogether(work, ['customer_value']));
}

async function computeCustomers(work: Work, inputs: Inputs): Promise<void> {
	const { bench, draft } = work;
	const { duckdb } = bench;
	const days = goldTables.customer_daily;
	const { isWhole, removed, added } = compareVersions(
		draft,
		'customer_daily',
		draft.entry('customer_value', whole)?.inputs,
	);
	await attach(bench, goldTables.customer_value, draft.base('customer_value'), {
		as: 'customers_before',
		...(isWhole ? { partitions: [] } : {}),
	});
	await attach(bench, days, draft.base('customer_daily'), { as: 'customer_days_removed', partitions: removed });
	await attach(bench, days, draft.manifest('customer_daily'), { as: 'customer_days_added', partitions: added });
	await materialize(duckdb, 'unsettled_customers', unsettledCustomers);
	const { unsettled } = await duckdb.row('select count(*) as unsettled from unsettled_customers');
	await attach(bench, days, draft.manifest('customer_daily'), {
		as: 'customer_daily',
		...(unsettled === '0' ? { partitions: [] } : {}),
	});
	await materialize(duckdb, 'customer_spans', customerSpans);
	await materialize(duckdb, 'customer_value', customerValue);
	await auditCustomers(work);
	const fitting = await refuseOverflows(work, ['customer_value'], [whole]);
	await writeTable(
		work,
		'customer_value',
		fitting.map((partition) => ({ partition, inputs })),
	);
	await release(duckdb, ['unsettled_customers', 'customer_spans', 'customer_value']);
}

/** What customers ordered over all days has to be what `order_kpis` says of all dates. */
async function auditCustomers({ bench, draft }: Work): Promise<void> {
	const sums = await bench.duckdb.row(
		`select cast(coalesce(sum(orders), 0) as varchar) as orders,
			cast(cast(coalesce(sum(revenue), 0) * 100 as hugeint) as varchar) as cents from customer_value`,
	);
	let orders = 0n;
	let cents = 0n;
	for (const { facts } of Object.values(draft.manifest('order_kpis').partitions)) {
		orders += BigInt(facts?.orders ?? 0);
		cents += BigInt(String(facts?.revenue ?? '0.00').replace('.', ''));
	}
	if (sums.orders === String(orders) && sums.cents === String(cents)) return;
	throw new InternalError(
		`Gold does not add up over all days: customer_value holds ${sums.orders} orders of ${sums.cents} cents, order_kpis ${orders} of ${cents}. Nothing is published.`,
	);
}
