import { setTimeout as sleep } from 'node:timers/promises';
import type { Airflow } from '../../tasks/local/airflow/servers';
import type { TestAirflow } from './create-airflow';

/** A DAG run in Airflow's API. */
export interface DagRun {
	readonly dag_run_id: string;
	readonly logical_date: string | null;
	readonly state: string;
	readonly run_type: string;
}

/** A task instance in Airflow's API. */
export interface TaskInstance {
	readonly task_id: string;
	readonly map_index: number;
	readonly state: string | null;
	readonly try_number: number;
	readonly pid: number | null;
}

/** An asset event in Airflow's API. */
export interface AssetEvent {
	readonly name: string;
	readonly extra: Readonly<Record<string, unknown>>;
	readonly source_task_id: string | null;
}

/** Airflow's API for a logged-in user. */
export interface AirflowApi {
	/** The cookie that logs a browser in. */
	readonly cookie: string;
	dagRuns(dag: string): Promise<DagRun[]>;
	tasks(dag: string, run: string): Promise<TaskInstance[]>;
	/** The log of a try as text, one JSON object per line. */
	log(dag: string, run: string, task: string, attempt: number): Promise<string>;
	assetEvents(): Promise<AssetEvent[]>;
	/** Whether every backfill of the DAG is done; the scheduler records that some time after its last run has ended. */
	backfillsAreDone(dag: string): Promise<boolean>;
	/** Lets the scheduler run the DAG. */
	unpause(dag: string): Promise<void>;
	/** Sets the state of a task, like 'mark as …' in the UI. */
	mark(dag: string, run: string, task: string, state: 'failed' | 'success'): Promise<void>;
}

const pollMs = 200;

/** Logs in to a running Airflow. Its requests fail as soon as one of Airflow's processes has ended. */
export async function connectApi({ place, login }: TestAirflow, { broken }: Airflow): Promise<AirflowApi> {
	const address = `http://127.0.0.1:${place.port}`;
	const { access_token: token } = await fetchJson<{ access_token: string }>(`${address}/auth/token`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ username: login.user, password: login.password }),
	});
	const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
	const get = <T>(path: string) => Promise.race([broken, fetchJson<T>(`${address}/api/v2/${path}`, { headers })]);
	const patch = (path: string, change: object) =>
		fetchJson(`${address}/api/v2/${path}`, { method: 'PATCH', headers, body: JSON.stringify(change) });
	const ofRun = (dag: string, run: string) => `dags/${dag}/dagRuns/${encodeURIComponent(run)}/taskInstances`;
	return {
		cookie: `_token=${token}`,
		dagRuns: async (dag) =>
			(await get<{ dag_runs: DagRun[] }>(`dags/${dag}/dagRuns?limit=100&order_by=logical_date`)).dag_runs,
		tasks: async (dag, run) =>
			(await get<{ task_instances: TaskInstance[] }>(`${ofRun(dag, run)}?limit=100`)).task_instances,
		log: async (dag, run, task, attempt) => {
			const { content } = await get<{ content: unknown }>(
				`${ofRun(dag, run)}/${task}/logs/${attempt}?full_content=true`,
			);
			return Array.isArray(content) ? content.map((line) => JSON.stringify(line)).join('\n') : String(content);
		},
		assetEvents: async () => (await get<{ asset_events: AssetEvent[] }>('assets/events?limit=100')).asset_events,
		backfillsAreDone: async (dag) => {
			const { backfills } = await get<{ backfills: { completed_at: string | null }[] }>(`backfills?dag_id=${dag}`);
			return backfills.every(({ completed_at }) => completed_at !== null);
		},
		unpause: async (dag) => {
			await patch(`dags/${dag}`, { is_paused: false });
		},
		mark: async (dag, run, task, state) => {
			await patch(`${ofRun(dag, run)}/${task}`, { new_state: state });
		},
	};
}

/** Polls until there is an answer, and returns it. Throws after `seconds`. */
export async function eventually<T>(
	what: string,
	seconds: number,
	ask: () => Promise<T | undefined | false>,
): Promise<T> {
	for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(pollMs)) {
		const answer = await ask();
		if (answer !== undefined && answer !== false) return answer as T;
	}
	throw new Error(`${what}: not after ${seconds} s`);
}

/** Tries of a request that Airflow can't answer because its SQLite is locked. */
const maxTries = 10;

async function fetchJson<T>(url: string, request: RequestInit): Promise<T> {
	let response = await fetch(url, request);
	for (let tries = 1; response.status === 500 && tries < maxTries; tries++) {
		await sleep(5 * pollMs);
		response = await fetch(url, request);
	}
	if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
	return (await response.json()) as T;
}
