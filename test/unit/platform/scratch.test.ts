import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ScratchFolders } from '../../../tasks/platform/scratch';

let below: string;
beforeEach(async () => {
	below = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
});
afterEach(() => rm(below, { recursive: true }));

const hourMs = 3600_000;
const gone = spawnSync('true').pid;

/** The parts of this process's folder names: its machine, id and start. */
async function ownParts(): Promise<{ place: string; pid: string; started: string }> {
	const folders = new ScratchFolders(() => below);
	const [, place = '', pid = '', started = ''] =
		/^shoplake-scratch-([0-9a-f]+)\.(\d+)\.(\d*)-/.exec(basename(await folders.make())) ?? [];
	await folders.remove();
	return { place, pid, started };
}

/** Leaves a folder with a file in it, as a killed process does; its last heartbeat was so many hours ago. */
async function leave(name: string, hoursAgo = 0): Promise<void> {
	await mkdir(join(below, name));
	await writeFile(join(below, name, 'spill'), 'rows');
	const at = new Date(Date.now() - hoursAgo * hourMs);
	await utimes(join(below, name), at, at);
}

/** What is left of a folder's content when a task has made a scratch folder there and removed it. */
async function afterTask(): Promise<string[]> {
	const folders = new ScratchFolders(() => below);
	await folders.make();
	await folders.remove();
	return readdir(below);
}

it('removes its own folders with their content, and creates no more', async () => {
	const folders = new ScratchFolders(() => below);
	await writeFile(join(await folders.make(), 'file'), '');
	await folders.make();
	expect(await readdir(below)).toHaveLength(2);
	await folders.remove();
	expect(await readdir(below)).toEqual([]);
	await expect(folders.make()).rejects.toThrow('The task is stopping; its scratch folders are gone.');
	expect(await readdir(below)).toEqual([]);
});

it('immediately removes the folder of a killed process', async () => {
	const { place } = await ownParts();
	await leave(`shoplake-scratch-${place}.${gone}.123-aBcDeF`);
	expect(await afterTask()).toEqual([]);
});

it('removes it even if another process has reused the id', async () => {
	const { place, pid, started } = await ownParts();
	await leave(`shoplake-scratch-${place}.${pid}.${Number(started || 1) - 1}-aBcDeF`);
	expect(await afterTask()).toEqual(started === '' ? [expect.anything()] : []);
});

it('keeps the folder of a running process, however old', async () => {
	const { place, pid, started } = await ownParts();
	const name = `shoplake-scratch-${place}.${pid}.${started}-aBcDeF`;
	await leave(name, 1000);
	expect(await afterTask()).toEqual([name]);
});

it('keeps the folder of another container or machine for a day after its last heartbeat', async () => {
	await leave(`shoplake-scratch-0123456789ab.${gone}.123-aBcDeF`, 23);
	await leave(`shoplake-scratch-0123456789ab.${gone}.123-gHiJkL`, 25);
	expect(await afterTask()).toEqual([`shoplake-scratch-0123456789ab.${gone}.123-aBcDeF`]);
});

it('keeps everything that is not a scratch folder', async () => {
	const { place } = await ownParts();
	const names = ['shoplake-aBcDeF', 'shoplake-scratch-of-mine', `shoplake-scratch-${place}.x.1-a`, 'other'];
	for (const name of names) await leave(name, 1000);
	await symlink(join(below, 'other'), join(below, `shoplake-scratch-${place}.${gone}.1-aBcDeF`));
	await writeFile(join(below, `shoplake-scratch-${place}.${gone}.2-aBcDeF`), 'a file');
	expect((await afterTask()).sort()).toEqual(
		[...names, `shoplake-scratch-${place}.${gone}.1-aBcDeF`, `shoplake-scratch-${place}.${gone}.2-aBcDeF`].sort(),
	);
	expect(await readdir(join(below, 'other'))).toEqual(['spill']);
});

it('fails with exit code 78 if a folder is not writable, and says how to choose another', async () => {
	const folders = new ScratchFolders(() => join(below, 'missing'));
	await expect(folders.make()).rejects.toMatchObject({
		exitCode: 78,
		message: expect.stringMatching(/missing \(ENOENT\)\. .* or set SHOPLAKE_SCRATCH to another folder\.$/),
	});
});
