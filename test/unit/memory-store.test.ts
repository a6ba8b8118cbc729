import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryStore } from '../support/memory-store';

const listed = async (store: MemoryStore, prefix: string, after?: string) => {
	const keys: string[] = [];
	for await (const { key } of store.list(prefix, after)) keys.push(key);
	return keys;
};

describe('an object store in memory', () => {
	test('lists keys in the order of their bytes, from behind a key on', async () => {
		const store = new MemoryStore();
		for (const key of ['a/\u{1f600}', 'a/B', 'a/a', 'a/\uffee', 'b/x', 'a/10', 'a/9']) await store.putText(key, key);

		expect(await listed(store, 'a/')).toEqual(['a/10', 'a/9', 'a/B', 'a/a', 'a/\uffee', 'a/\u{1f600}']);
		expect(await listed(store, 'a/', 'a/9')).toEqual(['a/B', 'a/a', 'a/\uffee', 'a/\u{1f600}']);
	});

	test('lets one of many creators of a key win', async () => {
		const store = new MemoryStore({ before: () => new Promise((resolve) => setTimeout(resolve, Math.random() * 5)) });

		const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => store.createText('key', String(i))));

		expect(answers.filter(Boolean)).toHaveLength(1);
		expect(await store.getText('key')).toBe(String(answers.indexOf(true)));
	});

	test('moves files in and out, and says when there is none', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'memory-store-'));
		const store = new MemoryStore();
		await writeFile(join(folder, 'in'), 'père');

		expect(await store.upload(join(folder, 'in'), 'key')).toBe(5);
		await store.download('key', join(folder, 'out'));

		expect(await readFile(join(folder, 'out'), 'utf8')).toBe('père');
		expect((await (await store.read('key')).toArray()).join('')).toBe('père');
		expect(store.traffic).toEqual({ in: 10, out: 5 });
		await expect(store.download('other', join(folder, 'out'))).rejects.toThrow('other is missing');
		await expect(store.read('other')).rejects.toThrow('other is missing');
		await rm(folder, { recursive: true });
	});

	test('breaks down before an effect, after it, or loses only the answer', async () => {
		const objects = new MemoryStore();
		const fail = () => {
			throw new Error('down');
		};

		await expect(objects.door({ before: fail }).putText('before', '')).rejects.toThrow('down');
		await expect(objects.door({ after: fail }).putText('after', '')).rejects.toThrow('down');
		expect(await objects.door({ losesAnswer: () => true }).createText('lost', '')).toBe(false);

		expect(objects.keys()).toEqual(['after', 'lost']);
	});

	test('keeps a clone apart and a door together', async () => {
		const store = new MemoryStore();
		const clone = store.clone();

		await store.door({}).putText('key', 'text');

		expect(store.contents()).toEqual({ key: 'text' });
		expect(clone.contents()).toEqual({});
	});
});
