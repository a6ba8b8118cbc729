import { DropLock } from '../../../tasks/filedrop/lock';
import { createMemoryDrop } from './memory-drop';

const key = 'incoming/pipeline.lock';
const claim = { holder: 'run 1', attempt: 'a', leaseMs: 3600_000 };

it('a lock whose deletion took effect although the answer was lost counts as released', async () => {
	const { store, clock } = createMemoryDrop();
	await new DropLock(store, key, clock).acquire(claim);
	// S3 removes it, the connection breaks, and the SDK's second try finds nothing that matches.
	const deleteIf = store.deleteIf.bind(store);
	store.deleteIf = async (...args) => {
		await deleteIf(...args);
		return deleteIf(...args);
	};
	expect(await new DropLock(store, key, clock).release('run 1')).toBe(true);
	expect(store.contents(key)).toEqual({});
});

it('a lock of another run, or none, is not released', async () => {
	const { store, clock } = createMemoryDrop();
	const lock = new DropLock(store, key, clock);
	expect(await lock.release('run 2')).toBe(false);
	await lock.acquire(claim);
	expect(await lock.release('run 2')).toBe(false);
	expect(await lock.current()).toMatchObject({ holder: 'run 1' });
});
