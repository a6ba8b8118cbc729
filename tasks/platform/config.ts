import { availableParallelism, tmpdir, totalmem } from 'node:os';
import * as z from 'zod';
import { readVariables } from './environment';
import { ConfigurationError } from './errors';
import { findTimeZone, utc } from './time-zone';

/** The name of a time zone; UTC under any of its names is `UTC`. */
export const timeZoneSetting = z.string().transform((name, context) => {
	const timeZone = findTimeZone(name);
	if (timeZone !== undefined) return timeZone;
	context.addIssue("must be the name of a time zone, such as 'Europe/Berlin'");
	return z.NEVER;
});

/** The environment variables that configure tasks. Names of resources come from `infra/`. */
const schema = z.object({
	/** The bucket of the lake. */
	SHOPLAKE_BUCKET: z.string(),
	SHOPLAKE_DATABASE: z.string().default('ecommerce_analytics_db'),
	SHOPLAKE_WORKGROUP: z.string().default('primary'),
	/** Where `--engine athena` runs its statements, and keeps the tables that it makes for itself. */
	SHOPLAKE_ENGINE_WORKGROUP: z.string().default('shoplake-engine'),
	SHOPLAKE_SCRATCH_DATABASE: z.string().default('shoplake_scratch'),
	SHOPLAKE_CATEGORY_KPIS_TABLE: z.string().default('CategoryKPIs'),
	SHOPLAKE_ORDER_KPIS_TABLE: z.string().default('OrderKPIs'),
	SHOPLAKE_PRODUCTS_TABLE: z.string().default('Products'),
	/** The Glue crawler over the landing zone. Not `SHOPLAKE_CRAWLER`: that is the flag, and would make every `crawl` start it. */
	SHOPLAKE_LANDING_CRAWLER: z.string().optional(),
	/** The SNS topic of alerts; without it tasks only log them. */
	SHOPLAKE_ALERTS_TOPIC: z.string().optional(),
	/**
	 * Whether `crawl` maintains plain folders of the current versions, for engines that ignore registered partitions. By
	 * default only with an AWS emulator: Athena does not need them.
	 */
	SHOPLAKE_MIRROR: z.stringbool().optional(),
	/** Memory of a task, such as `2GiB` or `512MiB`; by default the memory of the container or machine, at most 4 GiB. */
	SHOPLAKE_MEMORY: z
		.string()
		.regex(/^\d+(\.\d+)?\s*(GiB|MiB)$/, 'must be a number and GiB or MiB, such as 2GiB')
		.optional(),
	SHOPLAKE_THREADS: z.coerce.number().int().positive().optional(),
	/** A folder for data that do not fit into memory; emptied after each task. */
	SHOPLAKE_SCRATCH: z.string().optional(),
	/** The zone of the shop's days, where no project sets it. */
	SHOPLAKE_TIME_ZONE: timeZoneSetting.optional(),
});

/** What a task may use of its machine. */
export interface Limits {
	/** Bytes. */
	readonly memory: number;
	readonly threads: number;
	/** A folder. */
	readonly scratch: string;
}

/** A deployment's resources and a task's limits. */
export interface Config extends Limits {
	readonly bucket: string;
	readonly database: string;
	readonly workgroup: string;
	readonly engineWorkgroup: string;
	readonly scratchDatabase: string;
	readonly categoryKpisTable: string;
	readonly orderKpisTable: string;
	readonly productsTable: string;
	readonly crawler: string | undefined;
	readonly alertsTopic: string | undefined;
	readonly mirror?: boolean;
	/** Whether Athena is that of an AWS emulator, which makes no Iceberg tables. */
	readonly isAthenaEmulated?: boolean;
}

/** Reads the configuration; an empty variable counts as unset. Throws ConfigurationError, which names the variable. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
	const values = parse(schema, env);
	return {
		bucket: values.SHOPLAKE_BUCKET,
		database: values.SHOPLAKE_DATABASE,
		workgroup: values.SHOPLAKE_WORKGROUP,
		engineWorkgroup: values.SHOPLAKE_ENGINE_WORKGROUP,
		scratchDatabase: values.SHOPLAKE_SCRATCH_DATABASE,
		categoryKpisTable: values.SHOPLAKE_CATEGORY_KPIS_TABLE,
		orderKpisTable: values.SHOPLAKE_ORDER_KPIS_TABLE,
		productsTable: values.SHOPLAKE_PRODUCTS_TABLE,
		crawler: values.SHOPLAKE_LANDING_CRAWLER,
		alertsTopic: values.SHOPLAKE_ALERTS_TOPIC,
		mirror: values.SHOPLAKE_MIRROR ?? env.AWS_ENDPOINT_URL !== undefined,
		isAthenaEmulated: env.AWS_ENDPOINT_URL !== undefined && env.AWS_ENDPOINT_URL_ATHENA === undefined,
		...readLimits(env),
	};
}

/** Reads the limits alone, which a task without a lake has too; throws ConfigurationError, which names the variable. */
export function readLimits(env: NodeJS.ProcessEnv): Limits {
	const values = parse(schema.pick({ SHOPLAKE_MEMORY: true, SHOPLAKE_THREADS: true, SHOPLAKE_SCRATCH: true }), env);
	return {
		memory: values.SHOPLAKE_MEMORY ? parseBytes(values.SHOPLAKE_MEMORY) : defaultMemory(),
		threads: values.SHOPLAKE_THREADS ?? availableParallelism(),
		scratch: values.SHOPLAKE_SCRATCH ?? tmpdir(),
	};
}

/** The zone of the shop's days: the project's, else that of the environment, else UTC. Throws ConfigurationError where the two differ. */
export function readTimeZone(env: NodeJS.ProcessEnv, ofProject: string | undefined): string {
	const { SHOPLAKE_TIME_ZONE: timeZone } = parse(schema.pick({ SHOPLAKE_TIME_ZONE: true }), env);
	if (timeZone !== undefined && ofProject !== undefined && timeZone !== ofProject) {
		throw new ConfigurationError(
			`SHOPLAKE_TIME_ZONE=${env.SHOPLAKE_TIME_ZONE}, but the project's timeZone is '${ofProject}'. Leave one of them out, or make them equal.`,
		);
	}
	return ofProject ?? timeZone ?? utc;
}

function parse<T>(settings: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
	const given = readVariables(env);
	const parsed = settings.safeParse(given);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const name = String(issue?.path[0]);
	throw new ConfigurationError(
		given[name] === undefined
			? `${name} is not set: there is no lake to work on. On a laptop run 'shoplake local up' (its settings then apply automatically); on AWS set it to the bucket that the stack deployed.`
			: `${name}=${env[name]}: ${issue?.message}.`,
	);
}

/** Bytes of a size such as `512MiB` or `1.5GiB`. */
function parseBytes(size: string): number {
	return Number.parseFloat(size) * (size.endsWith('GiB') ? 1024 ** 3 : 1024 ** 2);
}

function defaultMemory(): number {
	// The limit of the control group (version 1 or 2): larger than all memory if there is none, 0 if it is unknown.
	const limit = process.constrainedMemory() || totalmem();
	return Math.min(limit, totalmem(), 4 * 1024 ** 3);
}

/** The environment variable of a stack output: `ShoplakeOrderKpisTable` is `SHOPLAKE_ORDER_KPIS_TABLE`. */
export const outputVariable = (output: string): string => output.replace(/(?<=[a-z\d])(?=[A-Z])/g, '_').toUpperCase();
