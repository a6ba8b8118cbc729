import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyPreset, listPresets, readPreset } from '../../../tasks/sources';

let folder: string;
let presets: string;
const settings = (title: string) => JSON.stringify({ title, files: { source: { match: ['*.csv'] } } });

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'shoplake-presets-'));
	presets = join(folder, 'presets');
	for (const name of ['two', 'one']) {
		await mkdir(join(presets, name), { recursive: true });
		await writeFile(join(presets, name, 'source.json'), settings(`Shop ${name}`));
		await writeFile(join(presets, name, 'orders.sql'), '-- Inputs: source.\nfrom source');
		await writeFile(join(presets, name, 'notes.md'), 'no part of a source');
	}
});
afterAll(() => rm(folder, { recursive: true }));

it('presets are listed by name', async () => {
	const listed = await listPresets(presets);
	expect(listed.map(({ name, settings: { title } }) => [name, title])).toEqual([
		['one', 'Shop one'],
		['two', 'Shop two'],
	]);
});

it('an unknown one is refused with the names of all', async () => {
	await expect(readPreset('three', presets)).rejects.toMatchObject({
		exitCode: 64,
		message: '--from three: there is no such preset. There are one, two. For a source of your own: --map FOLDER.',
	});
	await expect(readPreset('../presets/one', presets)).rejects.toMatchObject({ exitCode: 64 });
});

it('a preset is copied into a new folder or an empty one, and into no other', async () => {
	const own = join(folder, 'shops', 'mine');
	expect(await copyPreset('one', own, { presets, dryRun: true })).toEqual(['source.json', 'orders.sql']);
	await expect(readdir(own)).rejects.toThrow('ENOENT');
	await mkdir(own, { recursive: true });
	expect(await copyPreset('one', own, { presets })).toEqual(['source.json', 'orders.sql']);
	expect((await readdir(own)).sort()).toEqual(['orders.sql', 'source.json']);
	expect(await readFile(join(own, 'source.json'), 'utf8')).toBe(settings('Shop one'));
	await expect(copyPreset('two', own, { presets })).rejects.toMatchObject({
		exitCode: 64,
		message: `${own} has files already, such as orders.sql. Name a folder that is new or empty.`,
	});
	await expect(copyPreset('two', join(own, 'orders.sql'), { presets })).rejects.toMatchObject({ exitCode: 64 });
	expect((await readdir(own)).sort()).toEqual(['orders.sql', 'source.json']);
});
