import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { MissingObjectError, MissingVersionError, type ObjectStore } from '../../tasks/lake';

/** Two empty buckets that keep versions, seen by the same implementation. */
export interface StoresUnderTest {
	readonly store: ObjectStore;
	readonly other: ObjectStore;
	/** The name of the other bucket. */
	readonly otherBucket: string;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
	const collected: T[] = [];
	for await (const item of items) collected.push(item);
	return collected;
}
const keysIn = async (objects: AsyncIterable<{ readonly key: string }>) =>
	(await collect(objects)).map(({ key }) => key);

/** The tests that every `ObjectStore` has to pass; `make` is called before each. */
export function describeObjectStore(name: string, make: () => Promise<StoresUnderTest>): void {
	describe(`${name} as an object store`, () => {
		let store: ObjectStore;
		let other: ObjectStore;
		let otherBucket: string;
		let folder: string;
		beforeEach(async () => {
			({ store, other, otherBucket } = await make());
			folder = await mkdtemp(join(tmpdir(), 'shoplake-test-'));
		});
		afterEach(() => rm(folder, { recursive: true }));

		/** The text of a version. */
		const versionText = async (key: string, version: string) =>
			(await buffer(await store.read(key, version))).toString();
		const readVersion = async (key: string) => {
			const found = (await collect(store.listVersions(key))).find((version) => version.key === key);
			if (!found) throw new Error(`${key} is not listed`);
			return found;
		};

		it('returns the text that was put last, and undefined if there is none', async () => {
			await store.putText('key', 'first');
			await store.putText('key', 'père');
			await store.putText('empty', '');
			expect(await store.getText('key')).toBe('père');
			expect(await store.getText('empty')).toBe('');
			expect(await store.getText('none')).toBeUndefined();
			expect(await store.getTextObject('none')).toBeUndefined();
		});

		it('returns the bytes that were put', async () => {
			const bytes = Buffer.from([0, 255, 13, 10, 0xc3, 0x28]);
			await store.putBytes('key', bytes);
			expect(await buffer(await store.read('key'))).toEqual(bytes);
		});

		it('takes any key as it is', async () => {
			const keys = ['a b/c+d', 'a&b=c', 'é/%41', "it's (1)", 'x?y#z'];
			for (const key of keys) await store.putText(key, key);
			for (const key of keys) expect(await store.getText(key)).toBe(key);
			expect(await keysIn(store.list(''))).toEqual(['a b/c+d', 'a&b=c', "it's (1)", 'x?y#z', 'é/%41']);
			for (const key of keys) await store.copy({ key }, { key: `copy of ${key}` });
			for (const key of keys) expect(await store.getText(`copy of ${key}`)).toBe(key);
			await store.delete(keys);
			for (const key of keys) expect(await store.getText(key)).toBeUndefined();
		});

		it('lets exactly one of many writers create a key', async () => {
			const writers = Array.from({ length: 10 }, (_, index) => String(index));
			const created = await Promise.all(writers.map((writer) => store.createText('key', writer)));
			expect(created.filter(Boolean)).toEqual([true]);
			expect(await store.getText('key')).toBe(writers[created.indexOf(true)]);
			expect(await store.createText('key', 'late')).toBe(false);
		});

		it('creates a key again that was deleted', async () => {
			await store.putText('key', 'before');
			await store.delete(['key']);
			expect(await store.createText('key', 'after')).toBe(true);
			expect(await store.getText('key')).toBe('after');
		});

		it('replaces an object only while it has the etag', async () => {
			await store.putText('key', 'one');
			const { etag } = (await store.getTextObject('key')) ?? { etag: '' };
			expect(await store.replaceText('key', 'two', etag)).toBe(true);
			expect(await store.replaceText('key', 'three', etag)).toBe(false);
			expect(await store.getText('key')).toBe('two');
			expect(await store.replaceText('none', 'text', etag)).toBe(false);
			expect(await store.getText('none')).toBeUndefined();
		});

		it('deletes an object only while it has the etag', async () => {
			await store.putText('key', 'one');
			const { etag } = (await store.getTextObject('key')) ?? { etag: '' };
			await store.putText('key', 'two');
			expect(await store.deleteIf('key', etag)).toBe(false);
			expect(await store.getText('key')).toBe('two');
			const found = await store.getTextObject('key');
			expect(await store.deleteIf('key', found?.etag ?? '')).toBe(true);
			expect(await store.getText('key')).toBeUndefined();
			expect(await store.deleteIf('key', found?.etag ?? '')).toBe(false);
		});

		it.each([0, 5, 17 * 1024 ** 2 + 1])('copies a file of %i bytes up and down', async (size) => {
			const content = randomBytes(size);
			await writeFile(join(folder, 'in'), content);
			const before = { ...store.traffic };
			expect(await store.upload(join(folder, 'in'), 'key')).toBe(size);
			await store.download('key', join(folder, 'out'));
			expect((await readFile(join(folder, 'out'))).equals(content)).toBe(true);
			expect((await buffer(await store.read('key'))).equals(content)).toBe(true);
			expect(store.traffic).toEqual({ in: before.in + 2 * size, out: before.out + size });
			expect((await collect(store.list('key'))).map(({ bytes }) => bytes)).toEqual([size]);
		});

		it('says by its own error that an object or a version is missing', async () => {
			await store.putText('key', 'text');
			const { version } = await readVersion('key');
			await store.delete(['key']);
			for (const missing of [
				() => store.download('key', join(folder, 'out')),
				() => store.read('key'),
				() => store.copy({ key: 'key' }, { key: 'copy' }),
			]) {
				await expect(missing()).rejects.toBeInstanceOf(MissingObjectError);
			}
			for (const missing of [
				() => store.read('other key', version),
				() => store.copy({ key: 'other key', version }, { key: 'copy' }),
			]) {
				const error = await missing().catch((thrown) => thrown);
				expect(error).toBeInstanceOf(MissingVersionError);
				expect(error.message).toContain(`other key: its version ${version} was deleted for good. Send the file again.`);
			}
			expect(await store.getText('copy')).toBeUndefined();
		});

		it('keeps the versions of what is overwritten or deleted', async () => {
			await store.putText('key', 'one');
			const one = await readVersion('key');
			await store.putText('key', 'two');
			const two = await readVersion('key');
			await store.delete(['key']);
			expect(two.version).not.toBe(one.version);
			expect(await versionText('key', one.version)).toBe('one');
			expect(await versionText('key', two.version)).toBe('two');
			await store.copy({ key: 'key', version: one.version }, { key: 'kept' });
			expect(await store.getText('kept')).toBe('one');
			await store.copy({ key: 'key', version: two.version }, { bucket: otherBucket, key: 'kept' });
			expect(await other.getText('kept')).toBe('two');
			expect(await store.getText('kept')).toBe('one');
		});

		it('lists the newest versions directly under a prefix, in key order', async () => {
			await store.putText('in/b', 'first');
			await store.putText('in/b', 'second');
			await store.putText('in/a', 'text');
			await store.putText('in/deleted', 'text');
			await store.delete(['in/deleted']);
			await store.putText('in/folder/c', 'text');
			await store.putText('into', 'text');
			const listed = await collect(store.listVersions('in/'));
			expect(listed.map(({ key, bytes }) => [key, bytes])).toEqual([
				['in/a', 4],
				['in/b', 6],
			]);
			expect(listed[1]?.etag).toBe((await store.getTextObject('in/b'))?.etag);
			expect(await versionText('in/b', listed[1]?.version ?? '')).toBe('second');
		});

		it('lists every version and every delete marker, the newest of a key first, and deletes each of them for good', async () => {
			for (const text of ['first', 'second', 'third']) await store.putText('in/a', text);
			await store.putText('in/b', 'only');
			await store.putText('in/deep/c', 'gone');
			await store.delete(['in/deep/c', 'in/a']);
			await store.putText('other', 'text');
			const listed = await collect(store.listAllVersions('in/'));
			expect(listed.map(({ key, bytes, isNewest, isDeleteMarker }) => [key, bytes, isNewest, isDeleteMarker])).toEqual([
				['in/a', 0, true, true],
				['in/a', 5, false, false],
				['in/a', 6, false, false],
				['in/a', 5, false, false],
				['in/b', 4, true, false],
				['in/deep/c', 0, true, true],
				['in/deep/c', 4, false, false],
			]);
			expect(await versionText('in/a', listed[2]?.version ?? '')).toBe('second');

			const [marker, newest, second] = listed;
			await store.deleteVersions([marker, second].flatMap((one) => one ?? []));
			expect(await store.getText('in/a')).toBe('third');
			await store.deleteVersions([newest, ...listed.slice(3)].flatMap((one) => one ?? []));
			expect(await collect(store.listAllVersions('in/'))).toEqual([]);
			await store.deleteVersions(listed);
			expect(await keysIn(store.list(''))).toEqual(['other']);
		});

		it('lists keys in the order of their bytes, from behind a key on', async () => {
			for (const key of ['a/\u{1f600}', 'a/B', 'a/a', 'a/\uffee', 'b/x', 'a/10', 'a/9']) await store.putText(key, key);
			expect(await keysIn(store.list('a/'))).toEqual(['a/10', 'a/9', 'a/B', 'a/a', 'a/\uffee', 'a/\u{1f600}']);
			expect(await keysIn(store.list('a/', 'a/9'))).toEqual(['a/B', 'a/a', 'a/\uffee', 'a/\u{1f600}']);
			expect(await keysIn(store.list('c/'))).toEqual([]);
		});

		it('deletes the keys named and no others; one that is not there is no error', async () => {
			for (const key of ['a', 'b', 'c']) await store.putText(key, key);
			await store.delete(['a', 'none', 'c']);
			expect(await keysIn(store.list(''))).toEqual(['b']);
			await store.delete([]);
			expect(await keysIn(store.list(''))).toEqual(['b']);
		});

		it('tags an object, which keeps its bytes, and says if there is none', async () => {
			await store.putText('in/a', 'text');
			const [before] = await collect(store.list('in/'));
			const tag = { key: 'sealed', value: 'true' };
			expect(await store.tag('in/a', tag)).toBe(true);
			expect(await store.tag('in/a', tag)).toBe(true);
			expect(await collect(store.list('in/'))).toEqual([before]);
			expect(await store.getText('in/a')).toBe('text');
			expect(await store.tag('in/none', tag)).toBe(false);
			await store.delete(['in/a']);
			expect(await store.tag('in/a', tag)).toBe(false);
			expect(await keysIn(store.list('in/'))).toEqual([]);
		});

		it('tells its time to the second', async () => {
			const before = Date.now();
			const now = (await store.now()).getTime();
			expect(now).toBeGreaterThan(before - 2000);
			expect(now).toBeLessThan(Date.now() + 2000);
		});
	});
}
