import { createAwsLake } from '../support/aws-lake';
import { runCli, runResult } from '../support/cli';
import { docker, taskImage } from '../support/docker/engine';
import { useEndpoint } from '../support/ministack';
import { createAirflow, type Runtime } from './create-airflow';
import { type LakeView, readView } from './lake-view';
import { type LocalAws, startLocalAws } from './local-aws';

const date = '2026-11-20';
const records = 300;
let aws: LocalAws;
let image: string;
let expected: LakeView;

beforeAll(async () => {
	image = await taskImage();
	aws = await startLocalAws(await bridgeAddress());
	useEndpoint(aws.settings.AWS_ENDPOINT_URL ?? '');
	const reference = await createAwsLake('reference');
	await runResult(reference.env, 'run', '--date', date, '--records', String(records));
	expected = await readView(reference.env);
	expect(expected.items.length).toBeGreaterThan(5);
}, 900_000);
afterAll(() => aws?.dispose(), 60_000);

/** The address of this machine on the engine's default network, which its containers reach too. */
async function bridgeAddress(): Promise<string> {
	const subnet = await docker('network', 'inspect', 'bridge', '--format', '{{(index .IPAM.Config 0).Subnet}}');
	return subnet.replace(/\.0\/\d+$/, '.1');
}

/** The lake that the steps of a runtime work on: ECS's task definitions name the stack's own. */
async function makeLake(runtime: Runtime): Promise<NodeJS.ProcessEnv> {
	if (runtime === 'ecs') return aws.settings;
	return { ...aws.settings, ...(await createAwsLake(runtime)).env };
}

// scheduler.test.ts compares the same for the runtime `process`.
describe.each(['docker', 'ecs'] as const)('shoplake_daily in the runtime %s', (runtime) => {
	it('produces the same lake as `shoplake run`, and leaves no container', async () => {
		const lake = await makeLake(runtime);
		const airflow = await createAirflow(runtime, lake, { settings: { SHOPLAKE_IMAGE: image } });
		try {
			const said = await airflow.run('dags', 'test', 'shoplake_daily', date, '--conf', JSON.stringify({ records }));
			expect(said).not.toMatch(/DagRun failed/);
			expect(await readView(lake)).toEqual(expected);
		} finally {
			await airflow.dispose();
		}
		expect(await docker('ps', '--quiet', '--filter', 'label=shoplake.dag_id=shoplake_daily')).toBe('');
	}, 600_000);
});

describe.each([
	['docker', '2026-10-01'],
	['ecs', '2026-10-02'],
] as const)('shoplake_file_drop in the runtime %s', (runtime, day) => {
	it('loads dropped files to the KPI tables, and leaves no container', async () => {
		const lake = { ...process.env, ...aws.settings };
		await runResult(lake, 'filedrop', 'sample', '--date', day);
		const airflow = await createAirflow(runtime, lake, { settings: { SHOPLAKE_IMAGE: image } });
		try {
			expect(await airflow.run('dags', 'test', 'shoplake_file_drop')).not.toMatch(/DagRun failed/);
		} finally {
			await airflow.dispose();
		}
		const { stdout } = await runCli(lake, 'kpis', 'orders', '--from', day, '--to', day, '--format', 'json');
		expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ order_date: day })]);
		expect((await runCli(lake, 'filedrop', 'gate')).code).toBe(66);
		expect(await docker('ps', '--quiet', '--filter', 'label=shoplake.dag_id=shoplake_file_drop')).toBe('');
	}, 600_000);
});
