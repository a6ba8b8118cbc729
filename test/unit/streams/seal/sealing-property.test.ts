import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { NoInputError } from '../../../../tasks/platform/errors';
import { sorted } from '../../../support/context';
import { missingObjects } from '../../../support/lake-digest';
import { modelSilver, type SourceFile } from '../../../support/model';
import { runs, timeLimitMs } from '../../properties/runs';
import { StreamLab } from '../stream-lab';

/** A record as it is delivered: few keys, so that contents compete and copies abound. */
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

const sealed = (lab: StreamLab, store = lab.store) =>
	lab.seal(['live_orders'], { store }).catch((error: unknown) => {
		if (!(error instanceof NoInputError)) throw error;
	});

/** The second does all of its work just before the first one commits. */
async function sealTwiceAtOnce(lab: StreamLab): Promise<void> {
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

async function sealUntilKilled(lab: StreamLab, at: number, before: boolean): Promise<void> {
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
	expect(await missingObjects(lab.store)).toEqual([]);
}

test(
	'however objects are split, repeated and late, and wherever seals meet or die, Silver is that of all objects in their order',
	async () => {
		await fc.assert(
			fc.asyncProperty(fc.array(move, { minLength: 4, maxLength: 10, size: 'max' }), async (moves) => {
				const lab = new StreamLab('2026-11-24T06:00:00Z');
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
				}
				await sealed(lab);
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
