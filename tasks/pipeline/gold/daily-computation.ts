import { sourcesOf } from '../../engine';
import type { Computation } from './compute-partitions';
import { type DailyGroup, statementsOf } from './daily-table';
import { type GoldRun, scoped } from './gold-run';
import { findOwnFaults } from './own-faults';
import { checkOwnStatements } from './own-statement';
import { catalogue, type GoldSources, type SilverName, silverNames, silverTables } from './sources';

/** Computes dates of a group's tables from the same dates of Silver, and from the whole catalogue. */
export function dailyComputation(group: DailyGroup, sources: GoldSources): Computation {
	const statements = statementsOf(group);
	const { own, steps } = group;
	const read = new Set(
		[...Object.values(statements), ...(own?.audit ? [own.audit.sql] : [])].flatMap((statement) =>
			sourcesOf(statement, statements),
		),
	);
	const silver = silverNames.filter((name) => read.has(name));
	const dated = silver.filter((name) => name !== 'products');
	const attachOne = ({ engine }: GoldRun, name: SilverName, dates: readonly string[]) =>
		name === 'products'
			? engine.attach(catalogue, sources.silver_products)
			: engine.attach(silverTables[name], sources[`silver_${name}`], dates);
	const attach = async (run: GoldRun, dates: readonly string[]) =>
		Object.fromEntries(
			await Promise.all(silver.map(async (name) => [name, await attachOne(run, name, dates)] as const)),
		);
	return {
		tables: Object.keys(group.tables),
		statements,
		audit: group.audit,
		stats: Object.fromEntries(
			Object.entries(group.tables).flatMap(([name, { stats }]) => (stats === undefined ? [] : [[name, stats]])),
		),
		rowsOf: (date) => dated.reduce((sum, name) => sum + (sources[`silver_${name}`].partitions[date]?.rows ?? 0), 0),
		attach,
		...(own && {
			check: (run) => scoped(run, async (run) => checkOwnStatements(run, own, steps, await attach(run, []))),
			findFaults: (run, rows) => findOwnFaults(run, own, rows),
		}),
	};
}
