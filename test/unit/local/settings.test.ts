import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localLayout } from '../../../tasks/local/layout';
import { exportLines, localSettings, readSettings, withSettings, writeSettings } from '../../../tasks/local/settings';
import { useLocalSettings } from '../../../tasks/platform/local-settings';

let home: string;
beforeEach(async () => {
	home = await mkdtemp(join(tmpdir(), 'shoplake-home-'));
	process.env.SHOPLAKE_HOME = home;
});
afterEach(async () => {
	delete process.env.SHOPLAKE_HOME;
	await rm(home, { recursive: true });
});

const settings = localSettings('http://127.0.0.1:4570', {
	ShoplakeBucket: 'b',
	ShoplakeCategoryKpisTable: 'CategoryKPIs',
});

test('the variable of a stack output has the same words', () => {
	expect(settings).toEqual({
		AWS_ENDPOINT_URL: 'http://127.0.0.1:4570',
		AWS_REGION: 'us-east-1',
		AWS_DEFAULT_REGION: 'us-east-1',
		AWS_ACCESS_KEY_ID: 'test',
		AWS_SECRET_ACCESS_KEY: 'test',
		SHOPLAKE_BUCKET: 'b',
		SHOPLAKE_CATEGORY_KPIS_TABLE: 'CategoryKPIs',
	});
});

test('every task in the clone reads the settings that up wrote', async () => {
	await writeSettings(localLayout(), settings);
	const env: NodeJS.ProcessEnv = {};
	useLocalSettings(env);
	expect(env).toEqual(settings);
	expect(await readSettings(localLayout())).toEqual(settings);
});

test('env prints lines for a shell, quoted', async () => {
	await writeSettings(localLayout(), { SHOPLAKE_BUCKET: 'a b', SHOPLAKE_DATABASE: "it's" });
	expect(await exportLines(localLayout())).toBe("export SHOPLAKE_BUCKET='a b'\nexport SHOPLAKE_DATABASE='it'\\''s'\n");
});

test('env says what to do if nothing is set up', async () => {
	await expect(exportLines(localLayout())).rejects.toThrow(
		"The local AWS is not set up. Start it: 'shoplake local up'.",
	);
});

test('no setting of a real account reaches the local AWS', () => {
	const real = { PATH: '/bin', AWS_PROFILE: 'work', AWS_SESSION_TOKEN: 's', AWS_ENDPOINT_URL_S3: 'https://s3' };
	expect(withSettings(real, { AWS_REGION: 'us-east-1' })).toEqual({ PATH: '/bin', AWS_REGION: 'us-east-1' });
});
