import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { sealedTag } from '../../../../tasks/lake/layout';
import { NoInputError } from '../../../../tasks/platform/errors';
import { sorted } from '../../../support/context';
import { listMissingObjects } from '../../../support/lake-digest';
import { modelSilver, type SourceFile } from '../../../support/model';
import { runs, timeLimitMs } from '../../properties/runs';
import { StreamLake } from '../stream-lake';

/** A delivered record; few keys, so that there are many copies and many versions. */
const line = fc.oneof(
	{
		weight: 8,
		arbitrary: fc
			.record({
				orderid: fc.constantFrom('7421', '1000'),
				product_name: fc.constantFrom('Laptop', 'Phone'),
				quantity: fc.constantFrom<string | number>(1, 2, '3', 0),
				price: fc.constantFrom<string | number>(10, '10.00', 429.99),
				event_type: fc.constantFrom('INSERT', 'MODIFY'),
				event_time: fc.constantFrom<string | number>('', 1795428000, '2026-11-23T10:00:00Z', '2026-11-23T23:59:59Z'),
				event_id: fc.constantFrom<string | null>('e1', 'e2', null),
			})
			.map((record) => JSON.stringify(record)),
	},
	{ weight: 1, arbitrary: fc.constantFrom('', 'broken', '[]') },
);
const delivery = fc.record({
	do: fc.constant('deliver' as const),
	hour: fc.constantFrom('2026/11/23/10', '2026/11/24/00'),
	name: fc.constantFrom('a', 'b', 'z'),
	gzip: fc.boolean(),
	lines: fc.array(line, { minLength: 1, maxLength: 5, size: 'max' }),
});
const move = fc.oneof(
	{ weight: 6, arbitrary: delivery },
	{
		weight: 2,
		arbitrary: fc.record({ do: fc.constantFrom('seal' as const, 'seal twice at once' as const, 'clean' as const) }),
	},
	{
		weight: 2,
		arbitrary: fc.record({
			do: fc.constant('killed seal' as const),
			at: fc.integer({ min: 1, max: 24 }),
			before: fc.boolean(),
		}),
	},
);

const sealed = (lab: StreamLake, store = lab.store) =>
	lab.seal(['live_orders'], { store }).catch((error: unknown) => {
		if (!(error instanceof NoInputError)) throw error;
	});

/** The delivered objects, those that are tagged, and those that a batch has. */
async function deliveredObjects(lab: StreamLake) {
	const prefix = 'bronze/live_orders/';
	const plan = (await lab.seal(['live_orders'], { dryRun: true })).streams as { objects: number }[];
	return {
		all: lab.store.keys(prefix),
		tagged: lab.store.tagged(prefix, sealedTag),
		unsealed: plan[0]?.objects ?? 0,
	};
}

/** The second seal does all of its work just before the first one commits. */
async function sealTwiceAtOnce(lab: StreamLake): Promise<void> {
	let met = false;
	const door = lab.store.door({
		before: async (operation) => {
			if (operation !== 'createText' || met) return;
			met = true;
			await sealed(lab);
		},
	});
	await sealed(lab, door);
}

async function sealUntilKilled(lab: StreamLake, at: number, before: boolean): Promise<void> {
	let operations = 0;
	const door = lab.store.door({
		before: () => {
			if (++operations > at || (operations === at && before)) throw new Error('killed');
		},
		after: () => {
			if (operations >= at) throw new Error('killed');
		},
	});
	await sealed(lab, door).catch(() => undefined);
	expect(await listMissingObjects(lab.store)).toEqual([]);
}

test(
	'Silver is that of all objects in arrival order, even if they are split, repeated or late and seals overlap or die',
	async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(move, { minLength: 4, maxLength: 10, size: 'max' }), async (moves) => {
				const lab = new StreamLake('2026-11-24T06:00:00Z');
				const files: SourceFile[] = [];
				for (const step of moves) {
					if (step.do === 'deliver') {
						const key = `bronze/live_orders/${step.hour}/${step.name}-${files.length}`;
						const text = step.lines.join('\n');
						await lab.deliver(key, step.gzip ? gzipSync(text) : text);
						// A record without a time has that of its object's prefix.
						const [year, month, day, hour] = step.hour.split('/');
						const dated = step.lines.map((one) =>
							one.replace('"event_time":""', `"event_time":"${year}-${month}-${day}T${hour}:00:00Z"`),
						);
						files.push({ source: 0, path: String(files.length).padStart(3, '0'), records: dated });
					} else if (step.do === 'seal') await sealed(lab);
					else if (step.do === 'seal twice at once') await sealTwiceAtOnce(lab);
					else if (step.do === 'killed seal') await sealUntilKilled(lab, step.at, step.before);
					else await lab.clean();
					// S3 deletes what is tagged.
					const { all, tagged, unsealed } = await deliveredObjects(lab);
					expect(tagged.length).toBeLessThanOrEqual(all.length - unsealed);
				}
				await sealed(lab);
				const { all, tagged } = await deliveredObjects(lab);
				expect(tagged).toEqual(all);
				await lab.clean();
				const expected = modelSilver([
					{ dataset: 'gadget_sales', batch: 'all', asOf: '2026-11-24T06:00:00.000Z', files },
				]);
				expect(await lab.rows('silver_gadget_sales')).toEqual(sorted(expected.gadget_sales));
				const [{ received, rejected, kept } = { received: 0, rejected: 0, kept: 0 }] = expected.labels;
				expect(await lab.sums()).toMatchObject({ received, rejected, kept });
			}),
			{ numRuns: runs(6) },
		);
	},
	timeLimitMs,
);
