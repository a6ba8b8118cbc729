import { grantPutMetrics } from '../tasks/put-metrics';
import { large, log, small, type TaskStep } from '../tasks/task-step';

/** The steps of the file drop that Airflow runs, by command. */
export const fileDropSteps = {
	'filedrop gate': {
		...small,
		grant: (role, { lake }) => {
			lake.grantReadVersions(role, 'incoming/');
			lake.grantWrite(role, 'incoming/');
			lake.grantDelete(role, 'incoming/');
			// To see whether a batch is already done.
			lake.grantRead(role, 'processed/');
		},
	},
	'filedrop lock': { ...small, grant: (role, { lake }) => lake.grantWrite(role, 'incoming/') },
	'filedrop validate': {
		...large,
		grant: (role, { lake }) => {
			lake.grantReadVersions(role, 'incoming/');
			lake.grantRead(role, 'processed/', ...log, 'silver/', 'keys/');
			lake.grantWrite(role, 'incoming/', 'landing/', 'rejected/', 'refused/');
			lake.grantDelete(role, 'incoming/', 'landing/');
		},
	},
	'filedrop archive': {
		...small,
		grant: (role, { lake }) => {
			lake.grantReadVersions(role, 'incoming/');
			lake.grantRead(role, ...log);
			lake.grantList(role, 'landing/');
			lake.grantWrite(role, 'incoming/', 'processed/', 'rejected/');
			lake.grantDelete(role, 'incoming/', 'landing/');
		},
	},
	'filedrop unlock': {
		...small,
		grant: (role, { lake }) => {
			lake.grantRead(role, 'incoming/');
			lake.grantDelete(role, 'incoming/');
		},
	},
	'filedrop notify': {
		...small,
		grant: (role, { lake, alerts }) => {
			lake.grantWrite(role, 'incoming/');
			lake.grantRead(role, 'rejected/');
			alerts.grantPublish(role);
			grantPutMetrics(role);
		},
	},
} as const satisfies Record<string, TaskStep>;
