import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the program makes a client of the SDK, and what it gives to it. */
async function listClients(): Promise<{ readonly where: string; readonly given: string }[]> {
	const names = await readdir('tasks', { recursive: true });
	const files = names.filter((name) => name.endsWith('.ts')).map((name) => join('tasks', name));
	const found = files.map(async (where) =>
		[...(await readFile(where, 'utf8')).matchAll(/\bnew .*?\w+Client\b\)?\((.*)$/gm)].map(([, given = '']) => ({
			where,
			given,
		})),
	);
	return (await Promise.all(found)).flat();
}

test('every client of the SDK has time-outs for connections and for answers', async () => {
	const clients = await listClients();
	expect(clients.length).toBeGreaterThan(15);
	// silence.test.ts and the tests of the functions say what these settings do.
	expect(clients.filter(({ given }) => !/settings|requestSettings|requestHandler/i.test(given))).toEqual([]);
});
