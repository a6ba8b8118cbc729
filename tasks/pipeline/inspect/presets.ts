import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const preset = z.object({
	title: z.string().default(''),
	files: z.record(
		z.string(),
		z.object({ match: z.array(z.string()).default([]), columns: z.array(z.string()).default([]) }),
	),
});
/** What inspection needs of a preset: its name and title, and the files of its relations. */
export type Preset = z.infer<typeof preset> & { readonly name: string };

/** Reads the presets of a folder, in the order of their names; a folder whose `source.json` is not one of a preset is left out. */
export async function readPresets(folder: string): Promise<Preset[]> {
	const names = await readdir(folder).catch(() => []);
	const read = await Promise.all(
		names.sort().map(async (name) => {
			const text = await readFile(join(folder, name, 'source.json'), 'utf8').catch(() => 'null');
			const parsed = preset.safeParse(parseJson(text));
			return parsed.success ? [{ ...parsed.data, name }] : [];
		}),
	);
	return read.flat();
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
