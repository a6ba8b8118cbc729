import type { Login } from './environment';

/** A DAG of a running Airflow. */
export interface DagState {
	readonly dag_id: string;
	readonly is_paused: boolean;
}

const mostDags = 100;

/** Reads Airflow's DAGs and whether they are paused; undefined if Airflow does not answer as expected. */
export async function readPaused(address: string, login: Login): Promise<readonly DagState[] | undefined> {
	const ask = async <T>(path: string, request: RequestInit): Promise<T> => {
		const response = await fetch(`${address}${path}`, request);
		if (!response.ok) throw new Error(`${path} answers ${response.status}`);
		return (await response.json()) as T;
	};
	try {
		const { access_token } = await ask<{ access_token: string }>('/auth/token', {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ username: login.user, password: login.password }),
		});
		const headers = { authorization: `Bearer ${access_token}` };
		return (await ask<{ dags: DagState[] }>(`/api/v2/dags?limit=${mostDags}`, { headers })).dags;
	} catch {
		// Airflow is up all the same, and its web pages show which DAGs are paused.
		return undefined;
	}
}

/** A sentence that lists the paused DAGs, and how to unpause one. */
export function describePaused(dags: readonly DagState[] | undefined): string {
	const unpause = (dag: string) => `unpause a DAG there, or by 'npm run airflow -- dags unpause ${dag} --yes'.`;
	if (!dags) return `A paused DAG does not run: ${unpause('shoplake_daily')}`;
	const names = (paused: boolean) =>
		dags
			.filter(({ is_paused }) => is_paused === paused)
			.map(({ dag_id }) => dag_id)
			.sort();
	const [paused, running] = [names(true), names(false)];
	if (paused.length === 0) return `No DAG is paused: ${running.join(', ')}.`;
	const example = paused.includes('shoplake_daily') ? 'shoplake_daily' : (paused[0] ?? '');
	if (running.length === 0) return `All DAGs are paused: ${unpause(example)}`;
	return `Not paused: ${running.join(', ')}. Paused: ${paused.join(', ')}; ${unpause(example)}`;
}
