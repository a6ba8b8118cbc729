import { setTimeout as sleep } from 'node:timers/promises';
import { limitConcurrency, mapConcurrently } from '../../../tasks/platform/concurrency';

it('gives the results in the order of the items, whatever order they are done in', async () => {
	expect(await mapConcurrently([3, 1, 2], 3, async (ms) => sleep(ms, ms * 10))).toEqual([30, 10, 20]);
});

it('runs as many items at a time as the limit allows, and no more', async () => {
	let running = 0;
	let most = 0;
	await mapConcurrently(Array(20).fill(1), 4, async (ms) => {
		most = Math.max(most, ++running);
		await sleep(ms);
		running--;
	});
	expect(most).toBe(4);
});

describe('when an item fails', () => {
	it('begins no other item, and rejects once the running ones have ended', async () => {
		const written: number[] = [];
		const work = mapConcurrently([0, 1, 2, 3, 4, 5], 3, async (item) => {
			await sleep(item === 0 ? 1 : 20);
			if (item === 0) throw new Error('no room');
			written.push(item);
		});
		await expect(work).rejects.toThrow('no room');
		expect(written).toEqual([1, 2]);
		await sleep(40);
		expect(written).toEqual([1, 2]);
	});

	it('rejects with the first failure when more than one item fails', async () => {
		const fail = async (item: number) => {
			await sleep(item);
			throw new Error(`${item}`);
		};
		await expect(mapConcurrently([20, 1], 2, fail)).rejects.toThrow('1');
	});
});

describe('when the signal comes', () => {
	it('begins no other item, and rejects once the running ones have ended', async () => {
		const stop = new AbortController();
		const written: number[] = [];
		const write = async (item: number) => {
			if (item === 1) stop.abort(new Error('stopped'));
			await sleep(10);
			written.push(item);
		};
		await expect(mapConcurrently([0, 1, 2, 3], 2, write, stop.signal)).rejects.toThrow('stopped');
		expect(written).toEqual([0, 1]);
	});

	it('begins nothing after it has come', async () => {
		const work = jest.fn(async () => undefined);
		await expect(mapConcurrently([1], 1, work, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
		expect(work).not.toHaveBeenCalled();
	});
});

describe('a gate', () => {
	it('lets as many pieces of work run as its limit allows, in the order of the calls', async () => {
		const gate = limitConcurrency(2);
		const begun: number[] = [];
		let running = 0;
		let most = 0;
		await Promise.all(
			[30, 1, 1, 1].map((ms, index) =>
				gate(async () => {
					begun.push(index);
					most = Math.max(most, ++running);
					await sleep(ms);
					running--;
				}),
			),
		);
		expect({ begun, most }).toEqual({ begun: [0, 1, 2, 3], most: 2 });
	});

	it('goes on after work that fails', async () => {
		const gate = limitConcurrency(1);
		const failing = gate(async () => {
			throw new Error('no room');
		});
		const next = gate(async () => 'done');
		await expect(failing).rejects.toThrow('no room');
		expect(await next).toBe('done');
	});
});
