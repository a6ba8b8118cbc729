import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a file or folder of this name is: in a folder, or else in the nearest one above it; undefined if in none. */
export function findAbove(start: string, name: string): string | undefined {
	for (let folder = resolve(start); ; folder = dirname(folder)) {
		const path = join(folder, name);
		if (existsSync(path)) return path;
		if (folder === dirname(folder)) return undefined;
	}
}
