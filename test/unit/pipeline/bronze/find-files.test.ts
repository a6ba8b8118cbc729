import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { findFiles, passedOverFields } from '../../../../tasks/pipeline/bronze/find-files';
import { MemoryStore } from '../../../support/memory-store';

let folder: string;
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-find-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(...paths: readonly string[]): Promise<void> {
	for (const path of paths) {
		await mkdir(dirname(join(folder, path)), { recursive: true });
		await writeFile(join(folder, path), path);
	}
}

async function link(path: string, target: string): Promise<void> {
	await mkdir(dirname(join(folder, path)), { recursive: true });
	await symlink(target, join(folder, path));
}

/** What a source has: names of files, and what is passed over, without the folder. */
async function find(source: string, keys: readonly string[] = []) {
	const store = new MemoryStore();
	for (const key of keys) await store.putText(key, key);
	const { files, passedOver } = await findFiles(
		[source],
		'orders',
		async (bucket) => {
			expect(bucket).toBe('shop');
			return store;
		},
		[],
	);
	for (const file of files) {
		const content = (await (await file.open()).toArray()).join('');
		if (keys.length > 0) expect(file.location).toBe(`s3://shop/${content}`);
	}
	return {
		files: files.map(({ name }) => name),
		passedOver: passedOver.map((path) => path.replace(`${folder}/`, '')),
	};
}

describe('a source in S3', () => {
	test.each<[string, readonly string[], readonly string[]]>([
		['s3://shop/2026', ['2026-old/a.csv', '2026/b.csv', '20260/c.csv', '2026/d/e.csv'], ['b.csv', 'd/e.csv']],
		['s3://shop/2026/', ['2026-old/a.csv', '2026/b.csv', '20260/c.csv'], ['b.csv']],
		['s3://shop/a.csv', ['a.csv', 'a.csv.gz', 'a.csv/b.csv'], ['a.csv']],
		['s3://shop/x/a.csv', ['x/a.csv.gz', 'x/a.csv/b.csv'], ['b.csv']],
		['s3://shop', ['a.csv', 'b/c.csv'], ['a.csv', 'b/c.csv']],
		['s3://shop/', ['a.csv', 'b/c.csv'], ['a.csv', 'b/c.csv']],
		['s3://shop/50%/#1?', ['50%/#1?/a.csv', '50%/#1/b.csv', '50%25/a.csv'], ['a.csv']],
		['s3://shop/a%20b.csv', ['a b.csv', 'a%20b.csv'], ['a%20b.csv']],
		['s3://shop/in/', ['in/', 'in/sub/', 'in/a.csv'], ['a.csv']],
	])('%s of %j is %j', async (source, keys, files) => {
		expect(await find(source, keys)).toEqual({ files, passedOver: [] });
	});

	test('that is named as it is listed is that very object, whatever its key', async () => {
		const part = fc.string({ unit: fc.constantFrom('a', '#', '?', '%', '2', ' ', 'é', '+', '/'), maxLength: 6 });
		await fc.assert(
			fc.asyncProperty(part, part, async (before, after) => {
				const key = `k${before}x${after}.csv`;
				expect((await find(`s3://shop/${key}`, [key, `${key}.gz`, `${key}/z.csv`])).files).toHaveLength(1);
			}),
			{ numRuns: 50 },
		);
	});

	test('has no hidden files and folders; those that could be data are named', async () => {
		const keys = [
			'in/_SUCCESS',
			'in/_temporary/0/a.csv',
			'in/_temporary/0/b.csv',
			'in/.c.csv',
			'in/d/e.csv',
			'in/f.zip',
		];
		expect(await find('s3://shop/in', keys)).toEqual({
			files: ['d/e.csv'],
			passedOver: ['s3://shop/in/f.zip', 's3://shop/in/.c.csv', 's3://shop/in/_temporary/'],
		});
	});

	test.each(['s3://', 's3:///a.csv'])('%j names no bucket', async (source) => {
		await expect(find(source)).rejects.toMatchObject({
			exitCode: 64,
			message: `--source ${source}: give a bucket, as in s3://bucket/prefix.`,
		});
	});

	test('without files is no input', async () => {
		await expect(find('s3://shop/2026', ['2026-old/a.csv'])).rejects.toMatchObject({ exitCode: 66 });
	});
});

describe('a folder', () => {
	test('has its files and those below it; others are named', async () => {
		await write('b.csv', 'a/c.ndjson.gz', 'd.zip', 'a/e.xls', 'README', '.DS_Store', '_SUCCESS');
		await write('_temporary/f.csv', '.ipynb_checkpoints/b.csv', 'a/_g.csv', 'a/_h/i/j.csv');
		expect(await find(folder)).toEqual({
			files: ['a/c.ndjson.gz', 'b.csv'],
			passedOver: ['README', 'a/e.xls', 'd.zip', '.ipynb_checkpoints/', '_temporary/', 'a/_g.csv', 'a/_h/'],
		});
	});

	test('may have links to files and folders', async () => {
		await write('in/a.csv', 'else/b.csv', 'else/c/d.csv');
		await link('in/b.csv', '../else/b.csv');
		await link('in/more', '../else/c');
		expect(await find(join(folder, 'in'))).toEqual({ files: ['a.csv', 'b.csv', 'more/d.csv'], passedOver: [] });
	});

	test('as Kubernetes mounts it has each file once', async () => {
		await write('..2026_11_20/orders.csv', '..2026_11_20/sub/items.csv');
		await link('..data', '..2026_11_20');
		await link('orders.csv', '..data/orders.csv');
		await link('sub', '..data/sub');
		expect(await find(folder)).toEqual({ files: ['orders.csv', 'sub/items.csv'], passedOver: [] });
	});

	test('with two links to one file or folder has its files once', async () => {
		await write('a.csv', 'x/b.csv');
		await link('c.csv', 'a.csv');
		await link('y', 'x');
		expect((await find(folder)).files).toEqual(['a.csv', 'x/b.csv']);
	});

	test.each([
		['a.csv', 'gone.csv', 'a symbolic link to nothing. Repair the link, or remove it.'],
		['sub/a', '.', 'a symbolic link to FOLDER/sub, a folder that it lies in. Remove the link'],
		['sub/a', '../sub/../sub', 'a symbolic link to FOLDER/sub, a folder that it lies in. Remove the link'],
		['a.csv', 'a.csv', 'a symbolic link to itself. Repair the link, or remove it.'],
	])('with the link %s to %s is refused', async (path, target, message) => {
		await write('b.csv');
		await link(path, target);
		await expect(find(folder)).rejects.toMatchObject({
			exitCode: 65,
			message: expect.stringContaining(`${join(folder, path)} is ${message.replace('FOLDER', folder)}`),
		});
	});

	test('with a pipe is refused as soon as the pipe is opened, without waiting for who writes to it', async () => {
		const pipe = join(folder, 'orders.csv');
		execFileSync('mkfifo', [pipe]);
		const { files } = await findFiles([folder], 'orders', () => Promise.reject(), []);
		await expect(files[0]?.open()).rejects.toMatchObject({
			exitCode: 65,
			message: `${pipe} is a pipe or a device, not a file. Write what it gives to a file first.`,
		});
	});

	test('of other files only is no input, and the message names them', async () => {
		await write('a.zip', '_b/c.csv');
		await expect(find(folder)).rejects.toMatchObject({
			exitCode: 66,
			message: expect.stringMatching(/plain or \.gz\. There is \S+\/a\.zip, \S+\/_b\/\.$/),
		});
	});
});

test('a result names twenty files that were passed over, and counts them all', () => {
	const names = Array.from({ length: 30 }, (_, n) => `${n}.zip`);
	expect(passedOverFields(names)).toEqual({ passed_over: names.slice(0, 20), passed_over_count: 30 });
	expect(passedOverFields([])).toEqual({});
});
