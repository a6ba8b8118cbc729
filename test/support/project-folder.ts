import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Files of a project by their paths, below one that has only a configuration. */
export type ProjectFiles = Readonly<Record<string, string>>;

const config = "import { defineConfig } from 'shoplake';\n\nexport default defineConfig({});\n";

/** Does work with a project in a folder of its own. */
export async function inProject<T>(files: ProjectFiles, work: (folder: string) => Promise<T>): Promise<T> {
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-project-'));
	try {
		for (const [path, text] of Object.entries({ 'shoplake.config.ts': config, ...files })) {
			await mkdir(dirname(join(folder, path)), { recursive: true });
			await writeFile(join(folder, path), text);
		}
		return await work(folder);
	} finally {
		await rm(folder, { recursive: true });
	}
}

/** The text of a contract with these fields of `defineGoldTable`. */
export const contract = (fields: string): string =>
	`import { defineGoldTable } from 'shoplake';\n\nexport default defineGoldTable({\n${fields}\n});\n`;
