import anomalies from '../../../sql/gold/anomalies.sql';
import auditLive from '../../../sql/gold/audit-live.sql';
import firstHoursSql from '../../../sql/gold/first-hours.sql';
import liveAnomaliesSql from '../../../sql/gold/live-anomalies.sql';
import liveHours from '../../../sql/gold/live-hours.sql';
import liveWindows from '../../../sql/gold/live-windows.sql';
import { digestOf } from '../../engine';
import { shortDigest } from '../../platform/short-digest';
import { utc } from '../../platform/time-zone';
import { plusDays } from './calendar';
import type { DerivedTable } from './derived-table';
import { type FirstHours, recordedFirstHours, updateFirstHours } from './first-live-sales';
import { attachLiveSales } from './live-sales';
import type { GoldSources } from './sources';
import type { InputVersions } from './staged-snapshot';

const statements = { live_hours: liveHours, windows: liveWindows, anomalies, live_anomalies: liveAnomaliesSql };

/** The dates of a date's hours and of the 24 hours before each, oldest first; in a zone the day before may have 23 hours. */
const windowDates = (date: string, timeZone: string): string[] => [
	...(timeZone === utc ? [] : [plusDays(date, -2)]),
	...[plusDays(date, -1), date],
];

export const liveAnomalies: DerivedTable = {
	name: 'live_anomalies',
	dates: 'silver_gadget_sales',
	statement: digestOf(liveAnomaliesSql, { ...statements, first_sales: firstHoursSql }),
	readInputs: (staged, sources) => {
		const firstHours = recordedFirstHours(staged);
		return (date) => windowVersions(date, sources, firstHours, staged.timeZone);
	},
	reasons: {
		changed: 'changed: live sales of the date or before',
		gone: 'the date has no live sales any more',
		missing: 'never computed',
	},
	prepare: updateFirstHours,
	compute: ({ silver_gadget_sales }) => ({
		statements,
		audit: auditLive,
		rowsOf: (date) => silver_gadget_sales.partitions[date]?.rows ?? 0,
		attach: async ({ engine, staged }, dates) => ({
			gadget_sales: await attachLiveSales(
				engine,
				silver_gadget_sales,
				[...new Set(dates.flatMap((date) => windowDates(date, staged.timeZone)))],
				staged.timeZone,
			),
			anomaly_dates: await engine.texts(
				{ sale_date: 'date' },
				dates.map((date) => [date]),
			),
			first_sales: await engine.texts(
				{ product_name: 'varchar', first_hour: 'timestamp' },
				[...recordedFirstHours(staged)].map(([product, { hour }]) => [product, hour.replace('T', ' ')]),
			),
		}),
	}),
};

/**
 * The versions of the live sales of the date and of the days before that its windows reach, and the first sales on these
 * days. An earlier first sale makes no difference.
 */
function windowVersions(date: string, sources: GoldSources, firstHours: FirstHours, timeZone: string): InputVersions {
	const dates = windowDates(date, timeZone);
	const [own, before, second] = dates
		.map((day) => sources.silver_gadget_sales.partitions[day]?.version ?? '')
		.reverse();
	const firsts = [...firstHours].filter(([, first]) => dates.includes(first.date));
	const digest = shortDigest(JSON.stringify(firsts.map(([product, { hour }]) => [product, hour]).sort()));
	return {
		silver_gadget_sales: own ?? '',
		'silver_gadget_sales of the day before': before ?? '',
		...(second === undefined ? {} : { 'silver_gadget_sales of the second day before': second, 'time zone': timeZone }),
		'first sales': digest,
	};
}
