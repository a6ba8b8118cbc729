import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Does work with files in a folder of their own. */
export async function inSources<T>(
	files: Readonly<Record<string, string>>,
	work: (folder: string) => Promise<T>,
): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
	try {
		for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}
