import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../platform/errors';
import { findAbove } from '../platform/find-above';
import { isFileOfSource, makeSource, type SqlSource, settingsFile } from './sql-source';

/** The folder of the presets: beside the program, whether it runs from the package or from the code. */
const presetsFolder = (): string | undefined =>
	findAbove(dirname(fileURLToPath(import.meta.url)), join('sql', 'sources'));

/** The names of all presets, in order. */
async function listPresetNames(folder: string | undefined): Promise<string[]> {
	if (folder === undefined) return [];
	const entries = await readdir(folder, { withFileTypes: true });
	return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
}

/** All presets, in order. */
export async function listPresets(folder = presetsFolder()): Promise<SqlSource[]> {
	return Promise.all((await listPresetNames(folder)).map((name) => readPreset(name, folder)));
}

/** The preset of a name; throws UsageError, which lists them all, if there is none. */
export async function readPreset(name: string, folder = presetsFolder()): Promise<SqlSource> {
	return makeSource(name, await readPresetTexts(name, folder));
}

/** The files of a preset by name: its settings first, then its statements. Throws as `readPreset` does. */
export async function readPresetTexts(name: string, folder = presetsFolder()): Promise<Map<string, string>> {
	const names = await listPresetNames(folder);
	if (folder === undefined || !names.includes(name)) {
		const known = names.length > 0 ? `There are ${names.join(', ')}` : 'There is none';
		throw new UsageError(`--from ${name}: there is no such preset. ${known}. For a source of your own: --map FOLDER.`);
	}
	return readTexts(join(folder, name));
}

/** The files of a source in a local folder. */
export async function readTexts(folder: string): Promise<Map<string, string>> {
	const names = (await readdir(folder)).filter(isFileOfSource).sort();
	const inOrder = [...names.filter((name) => name === settingsFile), ...names.filter((name) => name !== settingsFile)];
	return new Map(
		await Promise.all(inOrder.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
	);
}

/** Copies a preset into a new folder, or into one without files; returns the names of the files. */
export async function copyPreset(
	name: string,
	folder: string,
	{
		dryRun = false,
		presets = presetsFolder(),
	}: { readonly dryRun?: boolean; readonly presets?: string | undefined } = {},
): Promise<string[]> {
	const texts = await readPresetTexts(name, presets);
	const unusable = ({ code }: NodeJS.ErrnoException) =>
		new UsageError(`${folder} can't be used (${code}). Name a folder that is new or empty.`);
	const [present] = await readdir(folder).catch((error) => {
		if (error.code === 'ENOENT') return [];
		throw unusable(error);
	});
	if (present !== undefined) {
		throw new UsageError(`${folder} has files already, such as ${present}. Name a folder that is new or empty.`);
	}
	if (dryRun) return [...texts.keys()];
	try {
		await mkdir(folder, { recursive: true });
		for (const [file, text] of texts) await writeFile(join(folder, file), text);
	} catch (error) {
		throw unusable(error as NodeJS.ErrnoException);
	}
	return [...texts.keys()];
}
