import { computeAll, inputsOf, type Relation } from '../../engine';
import type { PartitionEntry } from '../../lake';
import { audit } from './audit';
import { type GoldRun, scoped } from './gold-run';
import { chunkPartitions } from './partition-chunks';
import { computeOrRefuse, refuseFaults } from './refuse-partitions';
import type { InputVersions } from './staged-snapshot';
import { writeTable } from './write-table';

type Relations = Readonly<Record<string, Relation>>;

/** Statements, with the tables of Gold among their results: these are published together. */
export interface Computation {
	readonly tables: readonly string[];
	readonly statements: Readonly<Record<string, string>>;
	/** Its rows are the figures that don't add up. */
	readonly audit?: string | undefined;
	/** By table, a statement of figures to keep in the manifest: a row a partition, with the partition column. */
	readonly stats?: Readonly<Record<string, string>>;
	/** Finds the partitions whose rows are not what they should be, and why: these are refused. */
	readonly findFaults?: (run: GoldRun, rows: Relations) => Promise<ReadonlyMap<string, string>>;
	/** Checks the statements on relations without rows; throws where they have a mistake. */
	readonly check?: (run: GoldRun) => Promise<void>;
	/** Attaches what the statements read to compute some partitions. */
	readonly attach: (run: GoldRun, partitions: readonly string[]) => Promise<Relations>;
	/** About how many rows are read for a partition. */
	readonly rowsOf: (partition: string) => number;
}

/** A partition to compute, and the versions to compute it from. */
export interface StaleTarget {
	readonly table: string;
	readonly partition: string;
	readonly inputs: InputVersions;
}

/** Computes, audits and writes stale partitions, in chunks. One whose amounts don't fit is refused in all of the tables. */
export async function computePartitions(
	run: GoldRun,
	computation: Computation,
	stale: readonly StaleTarget[],
): Promise<void> {
	const { tables, statements, stats = {}, attach, rowsOf, findFaults } = computation;
	if (stale.length > 0) await computation.check?.(run);
	const chunks = chunkPartitions(
		stale.map(({ partition }) => partition),
		rowsOf,
		run.engine.maxRows,
	);
	await computeOrRefuse(run, tables, chunks, (partitions) =>
		scoped(run, async (run) => {
			const { engine } = run;
			const rows = await computeAll(engine, statements, await attach(run, partitions));
			if (computation.audit !== undefined) await audit(engine, computation.audit, inputsOf(computation.audit, rows));
			const faults = await findFaults?.(run, rows);
			const fitting = new Set(await refuseFaults(run, rows, tables, partitions, faults));
			for (const table of tables) {
				const targets = stale.filter((one) => one.table === table && fitting.has(one.partition));
				const partitionStats = await readStats(run, table, stats[table], rows);
				await writeTable(run, table, rows[table] as Relation, targets, partitionStats);
			}
		}),
	);
}

/** The figures of each date that its manifest is to hold. */
async function readStats(
	{ engine, staged }: GoldRun,
	table: string,
	statement: string | undefined,
	known: Relations,
): Promise<ReadonlyMap<string, PartitionEntry['facts']>> {
	if (statement === undefined) return new Map();
	const column = String(staged.tables[table]?.partition?.column);
	const rows = await engine.rows(statement, { inputs: inputsOf(statement, known) });
	return new Map(rows.map(({ [column]: date, ...stats }) => [String(date), stats as PartitionEntry['facts']]));
}
