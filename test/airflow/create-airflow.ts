import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
	type AirflowPlace,
	airflow,
	airflowEnvironment,
	installAirflow,
	type Login,
	prepareAirflow,
} from '../../tasks/local/airflow/environment';
import { type Airflow, startAirflow } from '../../tasks/local/airflow/servers';
import { freePort } from '../support/server';

/** How the steps of an Airflow run. */
export type Runtime = 'process' | 'docker' | 'ecs';

/** An Airflow of a test's own, with a database of its own, whose steps work on a lake. */
export interface TestAirflow {
	readonly place: AirflowPlace;
	readonly env: NodeJS.ProcessEnv;
	readonly login: Login;
	/** Runs Airflow's command line; its stdout. */
	run(...args: readonly string[]): Promise<string>;
	/** Runs a program of Python with Airflow's packages; its stdout. */
	python(code: string): Promise<string>;
	/** Starts the API server, scheduler, triggerer and DAG processor. */
	start(): Promise<Airflow>;
	/** Removes its files. What was started has to be stopped before. */
	dispose(): Promise<void>;
}

const clone = process.cwd();

/**
 * Prepares an Airflow; `lake` is the environment of a task on the lake. Its clocks run quicker than a user's: a retry
 * comes after 2 s, and a worker that is silent for 10 s counts as dead.
 */
export async function createAirflow(
	runtime: Runtime,
	lake: NodeJS.ProcessEnv,
	{ slots = 4, settings = {} }: { slots?: number; settings?: Readonly<Record<string, string>> } = {},
): Promise<TestAirflow> {
	const home = await mkdtemp(join(tmpdir(), 'shoplake-airflow-'));
	const place: AirflowPlace = { clone, home, port: await freePort() };
	const bin = await installAirflow(clone);
	const env: NodeJS.ProcessEnv = {
		...airflowEnvironment(place, bin, {
			...airflowSettings(lake),
			SHOPLAKE_RUNTIME: runtime,
			SHOPLAKE_COMMAND: `'${process.execPath}' '${join(clone, 'dist', 'cli.js')}'`,
			SHOPLAKE_DATA_ARE_GENERATED: 'true',
			SHOPLAKE_RETRY_SECONDS: '2',
			...settings,
		}),
		AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT: '10',
		AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL: '2',
		AIRFLOW__CORE__PARALLELISM: '4',
	};
	const login = await prepareAirflow(place, env, slots);
	return {
		place,
		env,
		login,
		run: (...args) => airflow(env, ...args),
		python: async (code) => (await promisify(execFile)('python', ['-c', code], { env })).stdout,
		start: () => startAirflow(place, env),
		dispose: () => rm(home, { recursive: true, force: true }),
	};
}

/** What of a task's environment says where its lake is. */
function airflowSettings(lake: NodeJS.ProcessEnv): Record<string, string> {
	const named = Object.entries(lake).flatMap(([name, value]) =>
		/^(SHOPLAKE|AWS)_/.test(name) && value !== undefined ? [[name, value] as const] : [],
	);
	return Object.fromEntries(named);
}
