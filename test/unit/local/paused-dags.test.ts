import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describePaused, readPaused } from '../../../tasks/local/airflow/paused';

const dag = (dag_id: string, is_paused: boolean) => ({ dag_id, is_paused });

test.each([
	[
		'all are paused, as at the first start',
		[dag('shoplake_streams', true), dag('shoplake_daily', true)],
		"All DAGs are paused: unpause a DAG there, or by 'npm run airflow -- dags unpause shoplake_daily --yes'.",
	],
	[
		'one runs',
		[dag('shoplake_streams', true), dag('shoplake_maintenance', true), dag('shoplake_daily', false)],
		"Not paused: shoplake_daily. Paused: shoplake_maintenance, shoplake_streams; unpause a DAG there, or by 'npm run airflow -- dags unpause shoplake_maintenance --yes'.",
	],
	[
		'all run',
		[dag('shoplake_streams', false), dag('shoplake_daily', false)],
		'No DAG is paused: shoplake_daily, shoplake_streams.',
	],
	[
		'nobody knows',
		undefined,
		"A paused DAG does not run: unpause a DAG there, or by 'npm run airflow -- dags unpause shoplake_daily --yes'.",
	],
])('the word at the start of Airflow is true where %s', (_, dags, said) => {
	expect(describePaused(dags)).toBe(said);
});

describe('readPaused', () => {
	let server: Server;
	let address: string;
	let status: number;
	beforeAll(async () => {
		server = createServer((request, response) => {
			const isLoggedIn = request.headers.authorization === 'Bearer t';
			const body = request.url === '/auth/token' ? { access_token: 't' } : { dags: [dag('shoplake_daily', false)] };
			response.writeHead(request.url === '/auth/token' || isLoggedIn ? status : 401).end(JSON.stringify(body));
		});
		await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
		address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	});
	afterAll(() => new Promise((done) => server.close(done)));
	beforeEach(() => {
		status = 200;
	});

	test('returns which DAGs are paused', async () => {
		expect(await readPaused(address, { user: 'admin', password: 'p' })).toEqual([dag('shoplake_daily', false)]);
	});

	test('returns undefined if Airflow refuses', async () => {
		status = 500;
		expect(await readPaused(address, { user: 'admin', password: 'p' })).toBeUndefined();
	});
});
