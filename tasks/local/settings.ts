import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { outputVariable } from '../platform/config';
import { ConfigurationError } from '../platform/errors';
import type { Layout } from './layout';

/** Environment variables by name. */
export type Settings = Readonly<Record<string, string>>;

/** The region of the local AWS. */
export const region = 'us-east-1';
/** MiniStack asks for credentials and accepts any. */
export const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

/** The settings by which the SDK and the CDK reach the local AWS. */
export const connectionTo = (endpoint: string): Settings => ({
	AWS_ENDPOINT_URL: endpoint,
	AWS_REGION: region,
	// The name that Airflow's provider reads.
	AWS_DEFAULT_REGION: region,
	AWS_ACCESS_KEY_ID: credentials.accessKeyId,
	AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
});

/** The settings that tasks need to work on a deployed stack. */
export function localSettings(endpoint: string, outputs: Readonly<Record<string, string>>): Settings {
	const named = Object.entries(outputs).map(([output, value]) => [outputVariable(output), value]);
	return { ...connectionTo(endpoint), ...Object.fromEntries(named) };
}

/** An environment with these settings and no other AWS variables, such as a profile or session of the real AWS. */
export function withSettings(env: NodeJS.ProcessEnv, settings: Settings): NodeJS.ProcessEnv {
	const others = Object.entries(env).filter(([name]) => !name.startsWith('AWS_'));
	return { ...Object.fromEntries(others), ...settings };
}

/** Points this process to the local AWS: replaces all AWS variables of its environment. */
export function applySettings(settings: Settings): void {
	for (const name of Object.keys(process.env)) if (name.startsWith('AWS_')) delete process.env[name];
	Object.assign(process.env, settings);
}

export async function writeSettings({ settings: path, folder }: Layout, settings: Settings): Promise<void> {
	await mkdir(folder, { recursive: true });
	await writeFile(
		path,
		Object.entries(settings)
			.map(([name, value]) => `${name}=${value}\n`)
			.join(''),
	);
}

/** The settings that `up` wrote; undefined if it never ran. */
export async function readSettings({ settings: path }: Pick<Layout, 'settings'>): Promise<Settings | undefined> {
	if (!existsSync(path)) return undefined;
	const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line.includes('='));
	return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** The settings as lines for a shell: `export NAME='value'`. Throws ConfigurationError if there are none. */
export async function exportLines(layout: Layout): Promise<string> {
	const settings = await readSettings(layout);
	if (!settings) throw new ConfigurationError("The local AWS is not set up. Start it: 'shoplake local up'.");
	return Object.entries(settings)
		.map(([name, value]) => `export ${name}='${value.replaceAll("'", "'\\''")}'\n`)
		.join('');
}
