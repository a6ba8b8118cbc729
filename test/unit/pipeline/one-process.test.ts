import { generate } from '../../../tasks/generate';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { aggregate } from '../../../tasks/pipeline/gold';
import { clean } from '../../../tasks/pipeline/silver';
import { inContext } from '../../support/context';
import { readDigest } from '../../support/lake-digest';
import { MemoryStore } from '../../support/memory-store';

const date = '2026-11-20';
const steps = [
	{ task: 'ingest', run: ingestBatch, options: { batch: date, maxRejected: 1 } },
	{ task: 'clean', run: clean, options: { batches: [date] } },
	{ task: 'aggregate', run: aggregate, options: { kind: 'all' } },
] as const;

async function landedDay(): Promise<MemoryStore> {
	const store = new MemoryStore();
	await inContext({ store }, (context) => generate(context, { date, records: 60, dirt: 0.2 }));
	return store;
}

/** The same store, and the keys that are downloaded through it. */
function watched(store: MemoryStore): { readonly door: MemoryStore; readonly downloaded: readonly string[] } {
	const downloaded: string[] = [];
	const door = store.door({
		before: (operation, key) => {
			if (operation === 'download') downloaded.push(key);
		},
	});
	return { door, downloaded };
}

test('the steps of one process fetch no file that an earlier step wrote, and give the same tables as one process each', async () => {
	const together = await landedDay();
	const one = watched(together);
	await inContext({ store: one.door }, async (context) => {
		for (const { task, run, options } of steps) await run(context.step(task), options as never);
	});
	expect(one.downloaded).toEqual([]);

	const apart = await landedDay();
	const each = watched(apart);
	for (const { task, run, options } of steps) {
		await inContext({ store: each.door }, (context) => run(context.step(task), options as never));
	}
	expect(each.downloaded).toEqual(
		expect.arrayContaining([expect.stringMatching(/^bronze\//), expect.stringMatching(/^silver\//)]),
	);
	expect(await readDigest(together)).toEqual(await readDigest(apart));
});
