import { sourcesOf } from '../../engine';
import type { Computation } from './compute-partitions';
import { type DailyGroup, statementsOf } from './daily-table';
import { type GoldRun, scoped } from './gold-run';
import { findOwnFaults } from './own-faults';
import { checkOwnStatements } from './own-statement';
import { attachSilver, type GoldSources, type SilverName, silverPartitions, sortSilver } from './sources';

/** Computes dates of a group's tables from the same dates of Silver, and from the whole catalogue. */
export function dailyComputation(group: DailyGroup, sources: GoldSources): Computation {
	const statements = statementsOf(group);
	const { own, steps } = group;
	const read = new Set(
		[...Object.values(statements), ...(own?.audit ? [own.audit.sql] : [])].flatMap((statement) =>
			sourcesOf(statement, statements),
		),
	);
	const silver = sortSilver([...read]);
	const dated = silver.filter((name) => name !== 'products');
	const attachOne = ({ engine }: GoldRun, name: SilverName, dates: readonly string[]) =>
		attachSilver(engine, sources, name, name === 'products' ? undefined : dates);
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
		rowsOf: (date) => dated.reduce((sum, name) => sum + (silverPartitions(sources, name)[date]?.rows ?? 0), 0),
		attach,
		...(own && {
			check: (run) => scoped(run, async (run) => checkOwnStatements(run, own, steps, await attach(run, []))),
			findFaults: (run, rows) => findOwnFaults(run, own, rows),
		}),
	};
}
