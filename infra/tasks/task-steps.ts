import { listPrefixesWrittenBy, listVacuumedTopPrefixes } from '../../tasks/lake/layout';
import { fileDropSteps } from '../filedrop/file-drop-steps';
import { operatorSteps } from './operator-steps';
import { grantAthena, large, log, medium, small, type TaskStep } from './task-step';

/** The steps that Airflow runs, by the command that each runs, as it is typed. */
const airflowSteps = {
	generate: {
		...medium,
		grant: (role, { lake }) => {
			lake.grantWrite(role, 'landing/');
			lake.grantDelete(role, 'landing/');
		},
	},
	ingest: {
		...large,
		grant: (role, { lake }) => {
			lake.grantRead(role, 'landing/');
			lake.grantReadSources(role);
			lake.grantWrite(role, ...log, 'bronze/', 'quarantine/', 'refused/');
		},
	},
	clean: {
		...large,
		grant: (role, lakehouse) => {
			const { lake } = lakehouse;
			lake.grantRead(role, 'bronze/');
			lake.grantWrite(role, ...log, ...listPrefixesWrittenBy('clean', lake.layout));
			grantAthena(role, lakehouse);
		},
	},
	aggregate: {
		...large,
		grant: (role, lakehouse) => {
			const { lake } = lakehouse;
			lake.grantRead(role, 'silver/');
			lake.grantWrite(role, ...log, ...listPrefixesWrittenBy('aggregate', lake.layout));
			grantAthena(role, lakehouse);
		},
	},
	crawl: {
		...small,
		grant: (role, { lake, catalog }) => {
			lake.grantRead(role, ...log, 'silver/', 'gold/');
			lake.grantWrite(role, 'iceberg/');
			catalog.grantReadWrite(role);
			catalog.grantStartCrawler(role);
		},
	},
	'load-kpis': {
		...small,
		grant: (role, { lake, serving }) => {
			lake.grantRead(role, 'gold/');
			lake.grantWrite(role, ...log);
			serving.grantWriteKpis(role);
			serving.grantUpdateForecasts(role);
		},
	},
	report: {
		...medium,
		grant: (role, { lake }) => {
			lake.grantRead(role, ...log, 'gold/');
			lake.grantWrite(role, 'reports/');
		},
	},
	'stream seal': {
		...large,
		grant: (role, { lake }) => {
			lake.grantWrite(role, ...log, 'bronze/', 'quarantine/', ...listPrefixesWrittenBy('stream seal', lake.layout));
			lake.grantTagDelivered(role);
		},
	},
	'stream alarms': {
		...small,
		grant: (role, { lake, alerts }) => {
			lake.grantRead(role, 'gold/');
			lake.grantWrite(role, ...log);
			alerts.grantPublish(role);
		},
	},
	'stream replay': {
		...small,
		grant: (role, { lake }) => {
			// It looks up what is sealed.
			lake.grantRead(role, 'processing-failed/', ...log, ...listPrefixesWrittenBy('stream seal', lake.layout));
			lake.grantWrite(role, 'bronze/');
		},
	},
	'stocks generate': { ...small, grant: (role, { market }) => market.grantGenerate(role) },
	'stocks consume': { ...small, grant: (role, { market }) => market.grantConsume(role) },
	status: { ...small, grant: (role, { lake }) => lake.grantRead(role, ...log) },
	vacuum: {
		...small,
		grant: (role, { lake, catalog }) => {
			lake.grantWrite(role, ...log);
			const vacuumed = listVacuumedTopPrefixes(lake.layout);
			lake.grantList(role, ...vacuumed);
			lake.grantDelete(role, ...vacuumed);
			lake.grantRead(role, 'iceberg/');
			catalog.grantRead(role);
			catalog.grantDropScratch(role);
		},
	},
	forget: {
		...large,
		// The one step that may delete versions, and what streams delivered.
		grant: (role, { lake, catalog, serving }) => {
			lake.grantErase(role);
			catalog.grantReadWrite(role);
			catalog.grantStartCrawler(role);
			serving.grantWriteKpis(role);
			serving.grantUpdateForecasts(role);
		},
	},
	...fileDropSteps,
	doctor: {
		...small,
		grant: (role, { lake, catalog, serving, queries }) => {
			lake.grantRead(role, '_heads/', '_manifests/');
			lake.grantWrite(role, '_hints/');
			catalog.grantDescribe(role);
			serving.grantDescribe(role);
			queries.grantDescribe(role);
		},
	},
} as const satisfies Record<string, TaskStep>;

/** Every step by the command that it runs. */
export const taskSteps = { ...airflowSteps, ...operatorSteps } as const;

export type StepName = keyof typeof taskSteps;
export const stepNames = Object.keys(taskSteps) as StepName[];
type AirflowStep = keyof typeof airflowSteps;
/** The steps that delete for good what the lake holds. Airflow may run them by a policy of their own. */
export const maintenanceStepNames: readonly AirflowStep[] = ['vacuum', 'forget'];
/** The steps that Airflow may run by its general policy. */
export const airflowStepNames = (Object.keys(airflowSteps) as AirflowStep[]).filter(
	(step) => !maintenanceStepNames.includes(step),
);

/** What the step is called in the names of resources: `stream seal` is `stream-seal`. */
export const stepResourceName = (step: StepName): string => step.replaceAll(' ', '-');
