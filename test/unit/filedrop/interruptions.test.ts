import fc from 'fast-check';
import type { OnInvalid } from '../../../tasks/filedrop/validate';
import { csv } from '../../support/aws-file-drop';
import { runs } from '../properties/runs';
import { createMemoryDrop } from './memory-drop';

const small = { MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '1', MIN_PRODUCT_FILES: '1' };
const dropped = {
	'orders_1.csv': csv.orders('O-1,U-1,2026-11-20,1.00,completed'),
	'order_items_1.csv': csv.items('O-1,P-1,1,1.00'),
	'products.csv': csv.products('P-1,Toys,Ball,1.00'),
};
const overwritten = csv.orders('O-1,U-1,2026-11-20,2.00,returned');
const added = { 'orders_bad.csv': 'not;a;header\n', 'orders_2.csv': csv.orders('O-2,U-2,2026-11-20,3.00,completed') };

class Killed extends Error {}

interface Story {
	readonly onInvalid: OnInvalid;
	/** A process dies after so many operations of the bucket, counted from its start; each once. */
	readonly deaths: readonly number[];
	/** After so many operations in all somebody overwrites a file and adds another. */
	readonly interference: number;
}

/**
 * Runs the drop over and over, as a schedule would, until there is nothing left; returns which contents each batch loaded,
 * and how many operations the run that did not die had.
 */
async function play({ onInvalid, deaths, interference }: Story) {
	const lab = createMemoryDrop(small);
	lab.drop(onInvalid === 'quarantine' ? { ...dropped, 'orders_bad.csv': added['orders_bad.csv'] } : dropped);
	const loads: Record<string, Record<string, string>> = {};
	const left = [...deaths];
	let inAll = 0;
	let ofProcess = 0;
	lab.hooks.after = () => {
		ofProcess++;
		if (++inAll === interference) lab.drop({ 'orders_1.csv': overwritten, 'orders_2.csv': added['orders_2.csv'] });
		if (ofProcess === left[0]) {
			left.shift();
			throw new Killed();
		}
	};
	const longest = deaths.length + 8;
	for (let run = 0; run < longest; run++) {
		ofProcess = 0;
		try {
			const open = await lab.gate();
			if (open.status === 'waiting') {
				lab.pass(31);
				continue;
			}
			const batch = String(open.batch);
			await lab.validate(batch, onInvalid);
			const landed = Object.entries(lab.lake.contents('landing/')).map(([key, text]) => [key.split('/').at(-1), text]);
			loads[batch] = Object.fromEntries(landed);
			await lab.admit(batch);
			await lab.archive(batch);
		} catch (error) {
			if (error instanceof Killed) continue;
			// 66: there is nothing left.
			if ((error as { exitCode?: number }).exitCode !== 66) throw error;
			const isEmpty = Object.keys(lab.store.contents('incoming/')).length === 0;
			if (isEmpty && inAll >= interference) break;
			// Everything was through before somebody came: they come now.
			if (inAll < interference) inAll = interference - 1;
		}
	}
	return { lab, loads, everyoneDied: left.length === 0 };
}

/** Every version that was ever dropped is loaded by one batch, is where that batch's files are, and nowhere else. */
async function check(story: Story): Promise<boolean> {
	const { lab, loads, everyoneDied } = await play(story);
	const files = (prefix: string) =>
		Object.entries(lab.store.contents(prefix))
			.filter(([key]) => key.endsWith('.csv'))
			.map(([key, text]) => [key.slice(prefix.length), text]);
	expect(files('incoming/')).toEqual([]);
	expect(Object.keys(lab.store.contents('incoming/_batches/'))).toEqual([]);
	expect(lab.lake.contents('landing/')).toEqual({});
	const loaded = Object.entries(loads).flatMap(([batch, contents]) =>
		Object.entries(contents).map(([name, text]) => [`${batch}/${name}`, text]),
	);
	expect(files('processed/')).toEqual(loaded.sort());
	const texts = loaded.map(([, text]) => text);
	const before = texts.includes(dropped['orders_1.csv']) ? [dropped['orders_1.csv']] : [];
	const { 'orders_1.csv': _, ...others } = dropped;
	expect([...texts].sort()).toEqual([...before, ...Object.values(others), overwritten, added['orders_2.csv']].sort());
	// The first version of the overwritten file counts unless it was overwritten before the gate saw it.
	if (story.interference > 5) expect(before).toHaveLength(1);
	expect(files('rejected/').map(([, text]) => text)).toEqual(
		story.onInvalid === 'quarantine' ? [added['orders_bad.csv']] : [],
	);
	return everyoneDied;
}

describe.each(['fail', 'quarantine'] as const)('on-invalid %s', (onInvalid) => {
	it('a run that dies after any operation loses no file and loads none twice', async () => {
		let death = 1;
		while (await check({ onInvalid, deaths: [death], interference: death })) death++;
		// A run has so many operations at least.
		expect(death).toBeGreaterThan(30);
	});
});

test('several runs that die one after another lose no file and load none twice, whenever a file is overwritten', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.constantFrom<OnInvalid>('fail', 'quarantine'),
			fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 2, maxLength: 4 }),
			fc.integer({ min: 1, max: 80 }),
			async (onInvalid, deaths, interference) => {
				await check({ onInvalid, deaths, interference });
			},
		),
		{ numRuns: runs(15) },
	);
});
