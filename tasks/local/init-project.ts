import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { version } from '../../package.json';
import { UsageError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import { programFolder } from './layout';

/** Templates that can't have their own names: npm and Docker would take them for their own. */
const renamed: Readonly<Record<string, string>> = { gitignore: '.gitignore', dockerignore: '.dockerignore' };

/**
 * Writes a project into a folder, which is made if it is missing; the product's analyses come with it. Throws UsageError where the folder has files, and where
 * its name can't be that of a package.
 */
export async function initProject(folder: string, { dryRun = false }: { dryRun?: boolean } = {}): Promise<Outcome> {
	const target = resolve(folder);
	const name = basename(target);
	if (!/^[a-z0-9][a-z0-9._-]{0,100}$/.test(name)) {
		throw new UsageError(`'${name}' can't be the name of a project: use lower-case letters, digits and - _ .`);
	}
	if (existsSync(target) && (await readdir(target)).length > 0) {
		throw new UsageError(`${folder} is not empty: name a folder that does not exist yet.`);
	}
	const templates = join(programFolder(), 'templates', 'project');
	const values: Readonly<Record<string, string>> = {
		__NAME__: name,
		__DAG__: name.replace(/[^a-z0-9]/g, '_'),
		__SHOPLAKE__: await packageSource(target),
	};
	const filled = (text: string) => text.replace(/__(NAME|DAG|SHOPLAKE)__/g, (slot) => values[slot] ?? slot);
	const entries = await readdir(templates, { recursive: true, withFileTypes: true });
	const files: string[] = [];
	for (const entry of entries.filter((entry) => entry.isFile())) {
		const from = join(entry.parentPath ?? entry.path, entry.name);
		const path = join(relative(templates, dirname(from)), renamed[entry.name] ?? filled(entry.name));
		files.push(path);
		if (dryRun) continue;
		await mkdir(dirname(join(target, path)), { recursive: true });
		await writeFile(join(target, path), filled(await readFile(from, 'utf8')));
	}
	for (const name of await readdir(join(programFolder(), 'sql', 'analyses'))) {
		const path = join('sql', 'analyses', name);
		files.push(path);
		if (!dryRun) await copyFile(join(programFolder(), path), join(target, path));
	}
	return { status: dryRun ? 'planned' : 'done', folder: target, files: files.sort() };
}

/** How the package.json of a project in a folder names this package: as the one that installed it does. */
async function packageSource(target: string): Promise<string> {
	const program = programFolder();
	const modules = dirname(program);
	if (basename(modules) !== 'node_modules') return `file:${relative(target, program)}`;
	const owner = dirname(modules);
	const text = await readFile(join(owner, 'package.json'), 'utf8').catch(() => '{}');
	const { dependencies = {}, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>;
	const source = dependencies.shoplake ?? devDependencies.shoplake ?? version;
	if (!source.startsWith('file:')) return source;
	return `file:${relative(target, resolve(owner, source.slice('file:'.length)))}`;
}
