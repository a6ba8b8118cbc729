import anomalies from '../../../sql/gold/anomalies.sql';
import salesAnomaliesSql from '../../../sql/gold/sales-anomalies.sql';
import salesDays from '../../../sql/gold/sales-days.sql';
import salesWindows from '../../../sql/gold/sales-windows.sql';
import { goldTables } from '../../contracts';
import { digestOf } from '../../engine';
import { shortDigest } from '../../platform/short-digest';
import { daysUpTo, plusDays } from './calendar';
import type { DerivedTable } from './derived-table';
import { type FirstSales, recordedFirstSales, updateFirstSales } from './first-sales';
import type { InputVersions, StagedSnapshot } from './staged-snapshot';

/** The calendar days before a date that it is compared with: those of `sales-windows.sql`. */
const lookbackDays = 28;
/** So that 400 dates are computed at once. */
const rowsPerDate = 10_000;
const statements = { windows: salesWindows, anomalies, sales_anomalies: salesAnomaliesSql };

/** A date and the days that it is compared with, oldest first. */
const anomalyWindow = (date: string): string[] => daysUpTo(date, lookbackDays + 1);

export const salesAnomalies: DerivedTable = {
	name: 'sales_anomalies',
	dates: 'order_kpis',
	statement: digestOf(salesAnomaliesSql, { ...statements, first_sales: salesDays }),
	readInputs: (staged) => {
		const firstSales = recordedFirstSales(staged);
		return (date) => windowVersions(date, staged, firstSales);
	},
	follows: { tables: ['category_kpis'], dates: anomalyWindow },
	reasons: {
		changed: 'changed: sales of the date or of the 28 days before',
		gone: 'the date has no orders any more',
	},
	prepare: updateFirstSales,
	compute: () => ({
		statements,
		rowsOf: () => rowsPerDate,
		attach: async ({ engine, staged }, dates) => {
			const days = [...new Set(dates.flatMap(anomalyWindow))];
			return {
				category_kpis: await engine.attach(goldTables.category_kpis, staged.manifest('category_kpis'), days),
				first_sales: await engine.texts({ category: 'varchar', first_sale: 'date' }, [...recordedFirstSales(staged)]),
				anomaly_dates: await engine.texts(
					{ order_date: 'date' },
					dates.map((date) => [date]),
				),
			};
		},
	}),
};

/**
 * The versions of `category_kpis` in the window of a date, and the first sales in it. First sales before or after it make
 * no difference. The value is a digest: written out, each version would stand in the inputs of 29 dates.
 */
function windowVersions(date: string, staged: StagedSnapshot, firstSales: FirstSales): InputVersions {
	const { partitions } = staged.manifest('category_kpis');
	const versions = anomalyWindow(date).map((day) => partitions[day]?.version ?? '');
	const from = plusDays(date, -lookbackDays);
	const firsts = [...firstSales].filter(([, first]) => first > from && first <= date).sort();
	const digest = shortDigest(JSON.stringify([versions, firsts]));
	return { 'gold_category_kpis and first sales of the window': digest };
}
