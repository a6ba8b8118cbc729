import auditCustomers from '../../../sql/gold/audit-customers.sql';
import customerSpans from '../../../sql/gold/customer-spans.sql';
import customerValueSql from '../../../sql/gold/customer-value.sql';
import unsettledCustomers from '../../../sql/gold/unsettled-customers.sql';
import { goldTables } from '../../contracts';
import { countRows, digestOf, type Relation } from '../../engine';
import { whole } from '../../lake';
import { findChangedDates, partitionVersions } from './changed-dates';
import type { DerivedTable } from './derived-table';
import type { GoldRun } from './gold-run';

const days = goldTables.customer_daily;
const reason = 'changed: orders';
const statements = { customer_spans: customerSpans, customer_value: customerValueSql };
const statement = digestOf(customerValueSql, { ...statements, unsettled_customers: unsettledCustomers });

/**
 * Customers are updated by the days that changed since; the result equals a computation from all days. All days are read
 * where there is nothing to start from, and where the first or last day of some customer is gone.
 */
export const customerValue: DerivedTable = {
	name: 'customer_value',
	dates: whole,
	statement,
	readInputs: (staged) => () => partitionVersions(staged, 'customer_daily'),
	follows: { tables: ['customer_daily'], dates: () => 'all' },
	reasons: { changed: reason, gone: reason },
	compute: () => ({
		statements,
		audit: auditCustomers,
		rowsOf: () => 0,
		attach: async (run) => {
			const { engine, staged } = run;
			const changes = await attachChanges(run);
			const unsettled_customers = await engine.keep(unsettledCustomers, { inputs: changes });
			const isUnsettled = (await countRows(engine, unsettled_customers)) > 0;
			const customer_daily = await engine.attach(days, staged.manifest('customer_daily'), isUnsettled ? undefined : []);
			return { ...changes, unsettled_customers, customer_daily, order_totals: await orderTotals(run) };
		},
	}),
};

/** The customers as they were, and their days that changed since. */
async function attachChanges({ engine, staged }: GoldRun) {
	const recorded = staged.entry('customer_value', whole)?.inputs;
	const { isFromScratch, removed, added } = findChangedDates(staged, 'customer_daily', recorded, statement);
	return {
		customers_before: await engine.attach(
			goldTables.customer_value,
			staged.baseManifest('customer_value'),
			isFromScratch ? [] : undefined,
		),
		customer_days_removed: await engine.attach(days, staged.baseManifest('customer_daily'), removed),
		customer_days_added: await engine.attach(days, staged.manifest('customer_daily'), added),
	};
}

/** The orders and the revenue of all dates, from the manifest of `order_kpis`. */
const orderTotals = ({ engine, staged }: GoldRun): Promise<Relation> =>
	engine.texts(
		{ orders: 'bigint', revenue: 'decimal(38,2)' },
		Object.values(staged.manifest('order_kpis').partitions).map(({ facts }) => [
			String(facts?.orders ?? 0),
			String(facts?.revenue ?? '0.00'),
		]),
	);
