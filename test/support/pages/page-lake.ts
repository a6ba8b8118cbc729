import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { type Layout, localLayout } from '../../../tasks/local/layout';
import { pythonEnvironment } from '../../../tasks/local/python-environment';
import { readSettings } from '../../../tasks/local/settings';
import { buildCli, type Ended, startProgram } from '../cli';
import { freePort } from '../server';
import { copySynthesised } from '../synthesised-stack';

const clone = process.cwd();
/** A block that hangs is ended before its test is. */
const longestMs = 500_000;

/** A laptop whose reader follows pages: a local AWS, and for each page a fresh working folder that looks like a clone. */
export interface PageLake {
	/** Makes the working folder of the next page; files of the page before are gone. */
	startPage(): Promise<void>;
	/** Deletes all objects of the lake, so that it is as before its first batch. */
	emptyLake(): Promise<void>;
	/** Runs a block of commands on a terminal in the working folder; the first that fails ends it. */
	runBlock(commands: string): Promise<{ readonly code: number | null; readonly seen: string }>;
	stop(): Promise<void>;
}

/** Starts a local AWS by `npm start`, as a reader does first, with a week of small days. */
export async function startPageLake(): Promise<PageLake> {
	await requirePackages();
	await buildCli();
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-pages-'));
	const home = join(folder, 'state');
	const bin = join(folder, 'bin');
	const layout = localLayout(home);
	await linkMiniStack(layout);
	await copySynthesised(layout);
	await writeNpx(bin);
	const env = {
		...newTerminal(),
		HOME: join(folder, 'home'),
		PATH: `${bin}:${process.env.PATH}`,
		SHOPLAKE_HOME: home,
		SHOPLAKE_PORT: String(await freePort()),
		SHOPLAKE_RECORDS: '60',
		SHOPLAKE_MEMORY: '1GiB',
	};
	let pages = 0;
	let working = '';

	async function startPage(): Promise<void> {
		if (working !== '') await rm(working, { recursive: true });
		working = join(folder, `clone-${++pages}`);
		await rm(env.HOME, { recursive: true, force: true });
		await mkdir(env.HOME);
		await mkdir(working);
		for (const name of await readdir(clone)) {
			if (['.shoplake', '.git', 'docs'].includes(name)) continue;
			await symlink(join(clone, name), join(working, name));
		}
		// The examples write beside themselves.
		await cp(join(clone, 'docs'), join(working, 'docs'), {
			recursive: true,
			filter: (path) => !/vitepress|\/out$/.test(path),
		});
		await symlink(join(home, '.shoplake'), join(working, '.shoplake'));
	}

	async function runBlock(commands: string) {
		const script = join(folder, 'block.sh');
		await writeFile(script, `set -e -o pipefail\ncd '${working}'\n${commands}`);
		const { code, stdout, stderr } = await run('script', '-qec', `bash '${script}'`, '/dev/null');
		return { code, seen: asSeen(stdout + stderr) };
	}
	const run = (program: string, ...args: string[]): Promise<Ended> => startProgram(program, args, env, longestMs).ended;

	async function emptyLake(): Promise<void> {
		const settings = await readSettings({ settings: join(home, '.shoplake', 'local.env') });
		const s3 = new S3Client({
			endpoint: settings?.AWS_ENDPOINT_URL ?? '',
			region: 'us-east-1',
			forcePathStyle: true,
			credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
		});
		const Bucket = settings?.SHOPLAKE_BUCKET;
		for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket })) {
			const Objects = Contents.map(({ Key = '' }) => ({ Key }));
			if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
		}
		s3.destroy();
	}

	async function stop(): Promise<void> {
		await runBlock('npx --no-install shoplake local down');
		await rm(folder, { recursive: true, force: true });
	}

	await startPage();
	const { code, seen } = await runBlock('npm start');
	if (code !== 0) {
		await stop();
		throw new Error(`'npm start' ends with exit code ${code}:\n${seen}`);
	}
	return { startPage, emptyLake, runBlock, stop };
}

/** `npm start` would install packages that are out of date, and remove those of the running tests for it. */
async function requirePackages(): Promise<void> {
	const modifiedAt = async (...path: string[]) => (await stat(join(clone, ...path))).mtimeMs;
	if ((await modifiedAt('node_modules', '.package-lock.json')) >= (await modifiedAt('package-lock.json'))) return;
	throw new Error("The packages are older than package-lock.json: run 'npm ci', then retry.");
}

/** The environment of a new terminal: npm's and Jest's own variables would reach the commands. */
const newTerminal = (): NodeJS.ProcessEnv =>
	Object.fromEntries(
		Object.entries(process.env).filter(
			([name]) => !/^(npm_(?!config_)|JEST_|NODE_ENV$|NODE_OPTIONS$|NODE_TEST|SHOPLAKE_|AWS_|XDG_|CI$)/.test(name),
		),
	);

/** The MiniStack that the tests have, in the place where `npm start` would install its own. */
async function linkMiniStack({ folder, venv }: Layout): Promise<void> {
	const given = process.env.SHOPLAKE_TEST_MINISTACK;
	const installed = given ? dirname(dirname(given)) : join(clone, '.shoplake', 'venv');
	if (!given) {
		const requirements = join(clone, 'docker', 'ministack-requirements.txt');
		await pythonEnvironment({ folder: installed, requirements, purpose: 'This test' });
	}
	await mkdir(folder, { recursive: true });
	await symlink(installed, venv);
}

/** An npx that starts `shoplake` at once: npm's takes a second to find it. */
async function writeNpx(bin: string): Promise<void> {
	const program = `exec '${process.execPath}' '${join(clone, 'dist', 'cli.js')}'`;
	await mkdir(bin);
	await writeFile(
		join(bin, 'npx'),
		`#!/bin/sh\nif [ "$1 $2" = '--no-install shoplake' ]; then shift 2; ${program} "$@"; fi\nexec "$(which -a npx | sed -n 2p)" "$@"\n`,
	);
	await chmod(join(bin, 'npx'), 0o755);
}

/** What a person sees of what a terminal is sent: the last state of each line, without colours. */
const asSeen = (sent: string): string =>
	sent
		.replaceAll('\r\n', '\n')
		// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal is sent
		.replace(/.*\r|\u001b\[[\d;]*[a-zA-Z]/g, '');
