import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { initProject } from '../../../tasks/local/init-project';
import { loadProject } from '../../../tasks/project';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-init-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('writes a project that loads, named after its folder', async () => {
	const target = join(folder, 'my-shop.2');
	const { files } = await initProject(target);
	const written = (await readdir(target, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
	expect(written.map((entry) => join(relative(target, entry.parentPath ?? entry.path), entry.name)).sort()).toEqual(
		files,
	);
	expect(files).toEqual(expect.arrayContaining(['dags/my_shop_2_daily.py', 'sql/analyses/revenue-by-category.sql']));
	for (const path of files as string[]) {
		expect(await readFile(join(target, path), 'utf8')).not.toMatch(/__(NAME|DAG|SHOPLAKE)__/);
	}
	const { config, goldTables } = await loadProject(target);
	expect(config).toEqual({ currency: 'EUR', timeZone: 'UTC', retention: '7d', maxRejected: '5%' });
	expect(goldTables.map(({ name }) => name)).toEqual(['order_status']);
});

it('of a clone depends on the clone', async () => {
	await initProject(join(folder, 'shop'));
	const { dependencies } = JSON.parse(await readFile(join(folder, 'shop', 'package.json'), 'utf8'));
	expect(dependencies).toEqual({ shoplake: `file:${relative(join(folder, 'shop'), process.cwd())}` });
});

it('takes an empty folder, and refuses one with files (exit code 64)', async () => {
	const target = join(folder, 'shop');
	await mkdir(target);
	expect(await initProject(target)).toMatchObject({ status: 'done' });
	await writeFile(join(target, 'shoplake.config.ts'), 'mine');
	await expect(initProject(target)).rejects.toMatchObject({
		exitCode: 64,
		message: `${target} is not empty: name a folder that does not exist yet.`,
	});
	expect(await readFile(join(target, 'shoplake.config.ts'), 'utf8')).toBe('mine');
});

test.each(['My-Shop', '.shop', 'shop!', 'ладен'])('refuses the name %s, which no package can have', async (name) => {
	await expect(initProject(join(folder, name))).rejects.toMatchObject({
		exitCode: 64,
		message: `'${name}' can't be the name of a project: use lower-case letters, digits and - _ .`,
	});
});

it('with --dry-run only lists the files', async () => {
	const { status, files } = await initProject(join(folder, 'shop'), { dryRun: true });
	expect({ status, exists: existsSync(join(folder, 'shop')) }).toEqual({ status: 'planned', exists: false });
	expect(files).toContain('shoplake.config.ts');
});
