/**
 * Records a release in test/fixtures/releases/<version>/, so that later releases are tested on its template and its lake:
 *
 *   npm run release:record                                records this clone as the version of package.json
 *   npm run release:record -- --clone FOLDER --version V  records another clone, which has its packages
 *
 * The release's own code writes the lake, on a MiniStack of its own.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { deploy, synthesise } from '../../../tasks/local/deploy';
import { localLayout } from '../../../tasks/local/layout';
import { localSettings } from '../../../tasks/local/settings';
import { startProgram } from '../cli';
import { startMiniStack, useEndpoint } from '../ministack';
import { saveState } from './aws-state';
import { type ReleaseFacts, releaseFiles } from './fixture';
import { askAll, liveAsRelease, type RunRelease } from './life';

const { values } = parseArgs({ options: { clone: { type: 'string' }, version: { type: 'string' } } });
const clone = resolve(values.clone ?? '.');
const version = values.version ?? JSON.parse(await readFile(join(clone, 'package.json'), 'utf8')).version;
const files = releaseFiles(version);
const inClone = async (command: string, ...args: readonly string[]) =>
	(await promisify(execFile)(command, args, { cwd: clone })).stdout.trim();

await inClone('npm', 'run', '--silent', 'build');
const home = await mkdtemp(join(tmpdir(), 'shoplake-record-'));
const aws = await startMiniStack();
useEndpoint(aws.endpoint);
try {
	const layout = { ...localLayout(home), program: clone };
	await mkdir(layout.folder);
	const { outputs } = await deploy(layout, aws.endpoint, await synthesise(layout));
	const settings = localSettings(aws.endpoint, outputs);
	const [bucket, database] = [settings.SHOPLAKE_BUCKET ?? '', settings.SHOPLAKE_DATABASE ?? ''];

	// As on AWS, where Athena needs no copies.
	const env = { PATH: process.env.PATH, ...settings, SHOPLAKE_MIRROR: 'false' };
	const run: RunRelease = async (args, expected = 0) => {
		const program = startProgram(process.execPath, [join(clone, 'dist', 'cli.js'), ...args], env);
		const { code, stdout, stderr } = await program.ended;
		if (code !== expected) throw new Error(`shoplake ${args.join(' ')} ends with ${code}:\n${stderr}`);
		return stdout;
	};
	const s3 = new S3Client({ forcePathStyle: true });
	await liveAsRelease(run, (Key, Body) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body })));

	const [commit = '', date = ''] = (await inClone('git', 'log', '-1', '--format=%H %cs')).split(' ');
	const facts: ReleaseFacts = { version, commit, date, bucket, answers: await askAll(run) };
	await mkdir(files.folder, { recursive: true });
	await writeFile(files.facts, `${JSON.stringify(facts, null, '\t')}\n`);
	const template = await readFile(join(layout.assembly, 'Shoplake.template.json'), 'utf8');
	await writeFile(files.template, gzipSync(JSON.stringify(JSON.parse(template)), { level: 9 }));
	await saveState({ bucket, database }, files.state);
	console.log(`${version} is recorded in ${files.folder}.`);
} finally {
	await aws.stop();
	await rm(home, { recursive: true });
}
