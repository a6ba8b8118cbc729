import type { Contracts } from '../../contracts';
import type { ObjectStore, Run } from '../../lake';
import type { Aws } from '../../platform/aws/clients';
import type { Config } from '../../platform/config';
import { ConfigurationError } from '../../platform/errors';
import { compareZones } from '../compare-zones';
import type { Engine } from '../engine';
import { AthenaEngine } from './athena-engine';
import { ScratchTables } from './scratch-tables';
import { Statements, type StatementUsage } from './statements';

/** The part of a task's context that Athena needs. */
interface AthenaContext {
	readonly aws: Aws;
	readonly config: Pick<Config, 'bucket' | 'engineWorkgroup' | 'scratchDatabase' | 'isAthenaEmulated'>;
	readonly run: Run;
	readonly signal: AbortSignal;
	readonly hold: <T>(work: Promise<T>) => Promise<T>;
	/** DuckDB. */
	engine(): Promise<Engine>;
	lake(): Promise<{
		readonly store: ObjectStore;
		readonly timeZone: string;
		readonly contracts: Pick<Contracts, 'own'>;
	}>;
}

/** An engine on Athena, with what it leaves there until it is closed. */
export class AthenaRun {
	private constructor(
		readonly engine: AthenaEngine,
		private readonly tables: ScratchTables,
		private readonly statements: Statements,
	) {}

	/** Throws ConfigurationError where no Athena makes Iceberg tables, or where it can't compute this lake's. */
	static async open(
		context: AthenaContext,
		{ maxScanned = Number.POSITIVE_INFINITY }: { readonly maxScanned?: number | undefined },
	): Promise<AthenaRun> {
		const { aws, config, run, signal } = context;
		const { bucket, engineWorkgroup, scratchDatabase: database } = config;
		if (config.isAthenaEmulated) {
			throw new ConfigurationError(
				"This lake's AWS is an emulator, whose Athena makes no Iceberg tables: use --engine duckdb. AWS_ENDPOINT_URL_ATHENA can name another Athena.",
			);
		}
		const { store, timeZone, contracts } = await context.lake();
		checkComputable(contracts);
		const [athena, glue] = await Promise.all([aws.athena(), aws.glue()]);
		const statements = new Statements(
			{
				athena,
				workgroup: engineWorkgroup,
				workgroupSetting: 'SHOPLAKE_ENGINE_WORKGROUP',
				database,
				signal,
				hold: (work) => context.hold(work),
				meter: aws.meter,
			},
			maxScanned,
		);
		const tables = new ScratchTables({ store, glue, bucket, database }, statements, run.attempt);
		const engine = new AthenaEngine(tables, timeZone);
		await compareZones(timeZone, engine, await context.engine());
		return new AthenaRun(engine, tables, statements);
	}

	get usage(): StatementUsage {
		return this.statements.usage;
	}

	/** Stops what still runs, and drops the scratch tables. */
	async close(): Promise<void> {
		await this.statements.stop();
		await this.tables.drop();
	}
}

/** Throws ConfigurationError where Athena can't compute the tables of a lake: it gives their columns other ids. */
export function checkComputable(contracts: Pick<Contracts, 'own'>): void {
	const [own] = Object.keys(contracts.own);
	if (own === undefined) return;
	throw new ConfigurationError(
		`Athena does not compute the columns and datasets of a project, and this one defines some of ${own}. Use --engine duckdb.`,
	);
}
