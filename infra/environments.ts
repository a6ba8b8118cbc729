import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What differs between the environments. Each is an account or a region of its own, since tables have fixed names. */
export interface Environment {
	/** Whether CloudFormation refuses to delete the stack. */
	readonly isProtected: boolean;
	/** How long the log of the tasks is kept. */
	readonly logRetention: RetentionDays;
}

export const environments = {
	dev: { isProtected: false, logRetention: RetentionDays.ONE_WEEK },
	staging: { isProtected: false, logRetention: RetentionDays.ONE_MONTH },
	prod: { isProtected: true, logRetention: RetentionDays.THREE_MONTHS },
} as const satisfies Record<string, Environment>;

export type EnvironmentName = keyof typeof environments;
export const environmentNames = Object.keys(environments) as EnvironmentName[];

/** Whether there is an environment of this name. */
export const isEnvironmentName = (name: unknown): name is EnvironmentName =>
	environmentNames.some((known) => known === name);

/** The environment of a stack that names none, as on a laptop. */
export const defaultEnvironment: Environment = { isProtected: false, logRetention: RetentionDays.THREE_MONTHS };
