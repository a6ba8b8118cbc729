import { type AthenaGateway, startAthenaGateway } from '../support/athena-gateway/gateway';
import { buildCli, startCli } from '../support/cli';
import { until } from '../support/until';

let athena: AthenaGateway;
beforeAll(async () => {
	await buildCli();
	// The statements hang before they would reach Trino.
	athena = await startAthenaGateway({ trino: 'http://127.0.0.1:1' });
	athena.hang(() => true);
}, 600_000);
afterAll(() => athena.stop());

it.each(['SIGINT', 'SIGTERM'] as const)('%s stops the statement of query on Athena', async (signal) => {
	const before = athena.statements.length;
	const env = {
		...process.env,
		AWS_REGION: 'us-east-1',
		AWS_ACCESS_KEY_ID: 'test',
		AWS_SECRET_ACCESS_KEY: 'test',
		AWS_ENDPOINT_URL_ATHENA: athena.endpoint,
		SHOPLAKE_BUCKET: 'none',
	};
	const running = startCli(env, 'query', 'select 1', '--engine', 'athena');
	await until(
		async () => athena.statements.length,
		(count) => count > before,
	);
	running.kill(signal);
	const { code, stdout } = await running.ended;
	expect({ code, stdout, state: athena.states().at(-1) }).toEqual({ code: 143, stdout: '', state: 'CANCELLED' });
});
