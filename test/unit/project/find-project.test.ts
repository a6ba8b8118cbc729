import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProject } from '../../../tasks/platform/project-folder';
import { loadProject } from '../../../tasks/project';
import { inProject } from '../../support/project-folder';

it('is the nearest folder with shoplake.config.ts, from the working folder upwards', () =>
	inProject({}, async (folder) => {
		const below = join(folder, 'sql', 'gold');
		await mkdir(below, { recursive: true });
		expect(findProject({}, below)).toBe(folder);
		expect(findProject({}, folder)).toBe(folder);
		expect(findProject({}, '/')).toBeUndefined();
	}));

it('is the folder that SHOPLAKE_PROJECT names, wherever the process works', () =>
	inProject({}, async (folder) => {
		expect(findProject({ SHOPLAKE_PROJECT: folder }, '/')).toBe(folder);
	}));

it('is refused where SHOPLAKE_PROJECT names a folder without shoplake.config.ts (exit code 78)', async () => {
	await expect(loadProject('/nowhere')).rejects.toMatchObject({
		exitCode: 78,
		message: 'SHOPLAKE_PROJECT=/nowhere: there is no shoplake.config.ts in this folder.',
	});
});
