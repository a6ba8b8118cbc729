import * as fc from 'fast-check';
import {
	type Dataset,
	datasetNames,
	datasets,
	type Field,
	inTimeZone,
	type ProductDataset,
} from '../../../../tasks/contracts';
import { recordValidator } from '../../../../tasks/streams/http/validate-record';
import { arbitraryRecord, validFields } from '../../../support/arbitrary-records';
import { ingestFiles } from '../../pipeline/bronze/ingest-files';

const asOf = '2026-11-21';
const lastDay = Date.parse('2026-11-22') / (24 * 3600_000);

/** The faults of records in the words of ingestion's quarantine; null for a record without one. */
function entryFaults(dataset: ProductDataset, records: readonly string[], timeZone = 'UTC'): (string | null)[] {
	const validate = recordValidator(inTimeZone<Dataset>(datasets[dataset], timeZone));
	return records.map((record, place) => {
		const { fault } = validate(record, lastDay);
		return fault ? `${dataset}.ndjson:${place + 1} ${fault.rule}: ${fault.message}` : null;
	});
}

async function ingestionFaults(
	dataset: ProductDataset,
	records: readonly string[],
	timeZone?: string,
): Promise<(string | null)[]> {
	const { quarantine } = await ingestFiles({ [`${dataset}.ndjson`]: `${records.join('\n')}\n` }, { asOf, timeZone });
	const byLine = new Map(quarantine.map((fault) => [Number(/:(\d+) /.exec(fault)?.[1]), fault]));
	return records.map((_, place) => byLine.get(place + 1) ?? null);
}

/**
 * Ingestion has more messages for unparsable records, shows objects and lists with other white space, and says of some amounts
 * how files can have them.
 */
const toComparable = (fault: string | null) =>
	fault
		?.replace(/ unparsable: .*/s, ' unparsable')
		.replace(/is '[[{].*', not/s, 'is …, not')
		.replace(/\. (Leave the currency sign out|It may mean two numbers|To read (a decimal comma|commas)).*$/s, '') ??
	null;

async function expectSame(dataset: ProductDataset, records: readonly string[], timeZone?: string): Promise<void> {
	const faults = entryFaults(dataset, records, timeZone).map(toComparable);
	const ingested = (await ingestionFaults(dataset, records, timeZone)).map(toComparable);
	const differing = records.flatMap((record, place) =>
		faults[place] === ingested[place] ? [] : [{ record, entry: faults[place], ingestion: ingested[place] }],
	);
	// A few are enough, and keep the test's output short.
	expect(differing.slice(0, 3)).toEqual([]);
}

test.each(datasetNames)(
	'thousands of random records of %s are validated as ingestion validates them',
	async (dataset) => {
		// Judged together, for an ingestion takes its time; the seed of a failure makes the same records again.
		const seed = Date.now();
		try {
			await expectSame(dataset, fc.sample(arbitraryRecord(dataset), { numRuns: 8000, seed }));
		} catch (error) {
			throw new Error(`seed ${seed}: ${(error as Error).message}`);
		}
	},
);

const limits: Partial<Record<Field['type'], readonly string[]>> = {
	timestamp: [
		...['2026-11-22T23:59:59Z', '2026-11-23', '2026-11-22T23:59:59-00:01', '2026-11-23T00:00:00+00:01'],
		...['2026-11-22T24:00:00Z', '2026-11-20T24:00:01Z', '2026-11-20T23:59:60Z', '2024-02-29', '1900-02-29'],
		...['0000-01-01', '2026-11-20T10:00:00 Z', '2026-11-20T10:00:00\n+14:00', '2026-11-20T10:00:00\n+14:01'],
		...['1795391999', '1795392000', '1795391999.9999994', '1795391999.9999996', '99999999999.9999999'],
		...['9223372036854775', '9223372036854776'],
	],
	int: [
		...['2147483647', '2147483648', '-2147483648', '-2147483649', '0', '1', '3.', '3.0', '3.1', '+3', '3e0', '.0'],
		'-0',
	],
	'decimal(12,2)': [
		...['9999999999.994', '9999999999.995', '-0.004', '-0.005', '1e10', '1e9', '.', '.5', '5.', '+.5', '1e400'],
		...['0e400', '1e-400'],
	],
	double: [
		'0',
		'-0',
		'-0.0',
		'5',
		'5.0000000000000001',
		'5.000000000000001',
		'1e400',
		'-1e-400',
		'.',
		'.5',
		'5.',
		'+.5',
	],
};

/** Sound records of a dataset with other texts in some fields, each as a string and, if it is one, as a number. */
function changedRecords(dataset: ProductDataset, changes: Readonly<Record<string, string>>): string[] {
	const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/;
	const forms = [
		(text: string) => JSON.stringify(text),
		(text: string) => (number.test(text) ? text : JSON.stringify(text)),
	];
	return forms.map((form) => {
		const changed = Object.fromEntries(Object.entries(changes).map(([name, text]) => [name, form(text)]));
		const members = Object.entries({ ...validFields(dataset), ...changed });
		return `{${members.map(([name, json]) => `"${name}":${json}`).join(',')}}`;
	});
}

test.each(datasetNames)(
	'values of %s at the limits of each type are validated as ingestion validates them',
	async (dataset) => {
		const records = Object.entries<Field>(datasets[dataset].fields).flatMap(([name, { type }]) =>
			((type === 'date' ? limits.timestamp : limits[type]) ?? []).flatMap((text) =>
				changedRecords(dataset, { [name]: text }),
			),
		);
		await expectSame(dataset, [...records, ...changedRecords(dataset, {})]);
	},
);

const zones = ['Europe/Berlin', 'America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'America/Sao_Paulo'];
/** Times around the first date and the last one, with and without offsets, by which zones differ. */
const edges = ['1969-12-31', '1970-01-01', '2026-11-22', '2026-11-23'].flatMap((date) =>
	[
		'',
		'T00:00:00',
		'T02:59:59',
		'T03:00:00',
		' 06:15',
		'T08:00:00.001',
		'T10:00:00',
		'T18:14:59',
		'T23:00',
		'T24:00',
	].flatMap((clock) =>
		clock === '' ? [date] : ['', 'Z', '+01:00', '-08:00', ' +0545'].map((offset) => `${date}${clock}${offset}`),
	),
);

test.each(zones)(
	'in %s times at the limits of its days are validated as ingestion validates them',
	async (timeZone) => {
		for (const [dataset, field] of [
			['orders', 'order_date'],
			['events', 'event_time'],
		] as const) {
			await expectSame(
				dataset,
				edges.flatMap((text) => changedRecords(dataset, { [field]: text })),
				timeZone,
			);
		}
	},
);

test('in a time zone thousands of random records are validated as ingestion validates them', async () => {
	const seed = Date.now();
	const timeZone = zones[seed % zones.length] as string;
	try {
		for (const dataset of ['orders', 'events'] as const) {
			await expectSame(dataset, fc.sample(arbitraryRecord(dataset), { numRuns: 3000, seed }), timeZone);
		}
	} catch (error) {
		throw new Error(`${timeZone}, seed ${seed}: ${(error as Error).message}`);
	}
});

test.each([
	['9999999.93', '1000000007', undefined],
	['9999999.94', '1000000007', 'line_amount, which derives from the record, does not fit decimal(18,2)'],
	['9999999999.99', '2147483647', 'line_amount, which derives from the record, does not fit decimal(18,2)'],
])('an order line of %s × %s is validated to the last cent', async (unit_price, quantity, message) => {
	const records = changedRecords('order_items', { unit_price, quantity });
	await expectSame('order_items', records);
	expect(recordValidator(datasets.order_items)(records[0] as string, lastDay).fault?.message).toBe(message);
});

test.each([' ', '\t', '\n', '\r\n'])(
	'an offset of more than 14 hours is found after the white space %j',
	async (space) => {
		const records = changedRecords('events', { event_time: `2026-11-20T10:00:00${space}+14:01` });
		await expectSame('events', records);
		expect(entryFaults('events', records)[0]).toMatch(/range: .*, with an offset of more than 14 hours$/s);
	},
);

test.each([
	['event_id', '5', 'range'],
	['event_time', '2026-11-20T10:00:00.', 'type'],
	['event_time', '1795391999.', 'type'],
	['quantity', '5', 'type'],
	['price', '5', 'type'],
	['price', '5.', 'type'],
])('half a million digits and a letter in %s, after %s, break the rule %s', (name, start, rule) => {
	const [record = ''] = changedRecords('events', { [name]: `${start}${'0'.repeat(500_000)}x` });
	expect(recordValidator(datasets.events)(record, lastDay).fault).toMatchObject({ rule, field: name });
});

test.each(['', '7', '"text"', 'null', '[]', '[{}]', '{', '{"a":1} {"b":2}', '{"a":NaN}', '{"a":1,}'])(
	'%j is no record',
	(text) => {
		expect(recordValidator(datasets.events)(text, lastDay).fault).toEqual({
			rule: 'unparsable',
			message: 'the line is not a JSON object',
		});
	},
);
