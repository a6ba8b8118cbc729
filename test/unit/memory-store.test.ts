import { MemoryStore, type Operation, type StoreHooks } from '../support/memory-store';

const fail = () => {
	throw new Error('down');
};
/** Calls one operation of a store that holds `key`, and says what has changed by it. */
async function call(operation: 'putText' | 'createText' | 'delete', hooks: StoreHooks): Promise<string> {
	const objects = new MemoryStore();
	objects.place('key', 'before');
	const store = objects.door(hooks);
	const calls = {
		putText: () => store.putText('key', 'after'),
		createText: () => store.createText('created', 'text'),
		delete: () => store.delete(['key']),
	};
	await expect(calls[operation]()).rejects.toThrow('down');
	return JSON.stringify(objects.contents());
}

describe('an object store in memory', () => {
	test.each([0, 3, 9])('lets the creator of a key win that gets through first, here number %i of 10', async (first) => {
		// All stand before the store at once; then they are let in one by one, the chosen one first.
		const waiting: (() => void)[] = [];
		const store = new MemoryStore({ before: () => new Promise((letIn) => waiting.push(letIn)) });
		const answers = Array.from({ length: 10 }, (_, writer) => store.createText('key', `writer ${writer}`));
		expect(waiting).toHaveLength(10);
		expect(store.contents()).toEqual({});

		waiting[first]?.();
		expect(await answers[first]).toBe(true);
		for (const letIn of waiting) letIn();

		expect((await Promise.all(answers)).map((won, writer) => won && writer).filter((won) => won !== false)).toEqual([
			first,
		]);
		expect(store.contents()).toEqual({ key: `writer ${first}` });
	});

	test('breaks down before an operation takes effect, or after it', async () => {
		expect(await call('putText', { before: fail })).toBe('{"key":"before"}');
		expect(await call('putText', { after: fail })).toBe('{"key":"after"}');
		expect(await call('createText', { before: fail })).toBe('{"key":"before"}');
		expect(await call('createText', { after: fail })).toBe('{"created":"text","key":"before"}');
		expect(await call('delete', { before: fail })).toBe('{"key":"before"}');
		expect(await call('delete', { after: fail })).toBe('{}');
	});

	test('loses the answer of a creation only', async () => {
		const objects = new MemoryStore();
		expect(await objects.door({ losesAnswer: (key) => key === 'lost' }).createText('lost', 'text')).toBe(false);
		expect(await objects.door({ losesAnswer: (key) => key === 'lost' }).createText('other', 'text')).toBe(true);
		expect(objects.contents()).toEqual({ lost: 'text', other: 'text' });
	});

	test('tells its hooks of each operation, and of each key that is deleted', async () => {
		const told: [Operation, string][] = [];
		const store = new MemoryStore({ after: (operation, key) => void told.push([operation, key]) });
		await store.putText('a', 'text');
		await store.getText('a');
		await store.copy({ key: 'a' }, { key: 'b' });
		for await (const _ of store.list('')) break;
		await store.delete(['a', 'b']);
		store.place('c', 'told to nobody');
		expect(told).toEqual([
			['putText', 'a'],
			['getText', 'a'],
			['copy', 'b'],
			['list', ''],
			['delete', 'a'],
			['delete', 'b'],
		]);
	});

	test('keeps a clone apart and a door together, each with traffic of its own', async () => {
		const store = new MemoryStore();
		store.place('key', 'before');
		const [clone, door] = [store.clone(), store.door({})];

		await door.putText('key', 'text');

		expect(store.contents()).toEqual({ key: 'text' });
		expect(clone.contents()).toEqual({ key: 'before' });
		expect([store.traffic.out, door.traffic.out, clone.traffic.out]).toEqual([0, 4, 0]);
	});

	test('changes the bytes of an object in place where they are damaged', async () => {
		const store = new MemoryStore();
		store.place('key', 'text');
		const versions = async () => {
			const found: string[] = [];
			for await (const { version } of store.listVersions('')) found.push(version);
			return found;
		};
		const before = await versions();
		store.damage('key', (bytes) => bytes.subarray(0, 2));
		expect(store.contents()).toEqual({ key: 'te' });
		expect(await versions()).toEqual(before);
		expect(() => store.damage('none', (bytes) => bytes)).toThrow('there is no object none');
	});
});
