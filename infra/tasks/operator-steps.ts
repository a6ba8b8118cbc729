import { listFilePrefixes, listPrefixesWrittenBy } from '../../tasks/lake/layout';
import { grantAthena, large, log, small, type TaskStep } from './task-step';

/** The commands that no DAG runs: the pipeline without Airflow, and those that an operator runs by hand. */
export const operatorSteps = {
	/** The rights of ingest, clean, aggregate, crawl and load-kpis together; it generates nothing on AWS. */
	run: {
		...large,
		grant: (role, { lake, catalog, serving }) => {
			lake.grantRead(role, 'landing/');
			lake.grantReadSources(role);
			const tables = [
				...listPrefixesWrittenBy('clean', lake.layout),
				...listPrefixesWrittenBy('aggregate', lake.layout),
			];
			lake.grantWrite(role, ...log, 'bronze/', 'quarantine/', 'refused/', ...tables, 'iceberg/');
			catalog.grantReadWrite(role);
			serving.grantWriteKpis(role);
		},
	},
	rebuild: {
		...large,
		grant: (role, lakehouse) => {
			const { lake } = lakehouse;
			const writers = ['clean', 'aggregate', 'stream seal'] as const;
			const tables = writers.flatMap((writer) => listPrefixesWrittenBy(writer, lake.layout));
			// With --retype it writes Bronze, too.
			lake.grantWrite(role, ...log, 'bronze/', 'quarantine/', ...new Set(tables));
			grantAthena(role, lakehouse);
		},
	},
	withdraw: {
		...large,
		grant: (role, { lake }) => {
			// It forgets a batch whose files are damaged.
			lake.grantRead(role, 'bronze/', 'quarantine/');
			lake.grantWrite(role, ...log, ...listPrefixesWrittenBy('clean', lake.layout));
		},
	},
	rollback: { ...small, grant: (role, { lake }) => lake.grantWrite(role, ...log) },
	plan: { ...small, grant: (role, { lake }) => lake.grantRead(role, ...log) },
	/** On DuckDB. The rows are lines of the log. */
	query: {
		...large,
		grant: (role, { lake }) => lake.grantRead(role, ...log, ...listFilePrefixes(lake.layout), 'refused/'),
	},
	'filedrop retry': {
		...small,
		grant: (role, { lake }) => {
			lake.grantRead(role, 'incoming/');
			lake.grantDelete(role, 'incoming/');
		},
	},
	'products seed': { ...small, grant: (role, { serving }) => serving.grantAddProducts(role) },
} as const satisfies Record<string, TaskStep>;
