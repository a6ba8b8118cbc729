import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
	type AirflowPlace,
	airflowEnvironment,
	installAirflow,
	type Login,
	prepareAirflow,
} from '../../tasks/local/airflow/environment';
import { type Airflow, startAirflow } from '../../tasks/local/airflow/servers';
import { freePort } from '../support/server';

/** How steps run. */
export type Runtime = 'process' | 'docker' | 'ecs';

/** An Airflow with a database of its own, whose steps work on a lake. */
export interface TestAirflow {
	readonly place: AirflowPlace;
	readonly env: NodeJS.ProcessEnv;
	readonly login: Login;
	/** Runs Airflow's command line and returns its stdout. */
	run(...args: readonly string[]): Promise<string>;
	/** Runs Python code with Airflow's packages and returns its stdout. */
	python(code: string): Promise<string>;
	/** Starts the API server, scheduler, triggerer and DAG processor. */
	start(): Promise<Airflow>;
	/** Deletes its files; stop the servers first. */
	dispose(): Promise<void>;
}

const clone = process.cwd();

/** Prepares an Airflow; `lake` is the environment of a task on the lake. A retry starts after 2 s. */
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
			...lakeSettings(lake),
			SHOPLAKE_RUNTIME: runtime,
			SHOPLAKE_COMMAND: `'${process.execPath}' '${join(clone, 'dist', 'cli.js')}'`,
			SHOPLAKE_DATA_ARE_GENERATED: 'true',
			SHOPLAKE_RETRY_SECONDS: '2',
			...settings,
		}),
		AIRFLOW__CORE__PARALLELISM: '4',
	};
	const login = await prepareAirflow(place, env, slots);
	const run = async (program: string, args: readonly string[]) =>
		(await promisify(execFile)(program, args, { env, maxBuffer: 64 * 1024 ** 2 })).stdout;
	return {
		place,
		env,
		login,
		run: (...args) => run('airflow', args),
		python: (code) => run('python', ['-c', code]),
		start: () => startAirflow(place, env),
		dispose: () => rm(home, { recursive: true, force: true }),
	};
}

/** The settings of a task that locate its lake. */
function lakeSettings(lake: NodeJS.ProcessEnv): Record<string, string> {
	const settings = Object.entries(lake).flatMap(([name, value]) =>
		/^(SHOPLAKE|AWS)_/.test(name) && value !== undefined ? [[name, value] as const] : [],
	);
	return Object.fromEntries(settings);
}
