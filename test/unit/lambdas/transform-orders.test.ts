import { convertToAttr, unmarshall } from '@aws-sdk/util-dynamodb';
import fc from 'fast-check';
import { handler } from '../../../tasks/lambdas/transform-orders';
import { collectLogLines, invocation } from '../../support/invocation';
import { runs } from '../properties/runs';

const encode = (value: unknown): string =>
	Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64');
const decode = (data: string): string => Buffer.from(data, 'base64').toString();
const toRecords = (...data: readonly string[]) => ({
	records: data.map((one, index) => ({ recordId: `r${index}`, data: one })),
});
/** Transforms one record. */
const transform = async (change: unknown) => {
	const { records } = await handler(toRecords(encode(change)), invocation);
	expect(records).toHaveLength(1);
	return records[0] as (typeof records)[number];
};
const laptop = { orderid: { S: '7421' }, product_name: { S: 'Laptop' }, quantity: { N: '3' }, price: { N: '429.99' } };

let logLines: Record<string, unknown>[];
beforeEach(() => {
	logLines = collectLogLines();
});
afterEach(() => jest.restoreAllMocks());

describe('a change of OrderTable becomes a line', () => {
	it('as in the reference pair', async () => {
		const data =
			'eyJldmVudElEIjoiMSIsImV2ZW50TmFtZSI6IklOU0VSVCIsImR5bmFtb2RCIjp7Ik5ld0ltYWdlIjp7Im9yZGVyaWQiOnsiUyI6Ijc0MjEifSwicHJvZHVjdF9uYW1lIjp7IlMiOiJMYXB0b3AifSwicXVhbnRpdHkiOnsiTiI6IjMifSwicHJpY2UiOnsiTiI6IjQyOS45OSJ9fX19';
		const { records } = await handler(toRecords(data), invocation);
		expect(records.map((record) => ({ ...record, data: decode(record.data) }))).toEqual([
			{
				recordId: 'r0',
				result: 'Ok',
				data: '{"orderid":"7421","product_name":"Laptop","quantity":3,"price":429.99,"event_type":"INSERT","event_time":"","event_id":"1"}\n',
			},
		]);
	});

	it.each([
		['with its time as it is', { ApproximateCreationDateTime: 1763712000.5 }, { event_time: 1763712000.5 }],
		[
			'with a time in words',
			{ ApproximateCreationDateTime: '2026-11-21T08:00:00Z' },
			{ event_time: '2026-11-21T08:00:00Z' },
		],
	])('%s', async (_, image, expected) => {
		const { data } = await transform({ eventName: 'MODIFY', dynamodb: { ...image, NewImage: laptop } });
		expect(JSON.parse(decode(data))).toEqual({
			orderid: '7421',
			product_name: 'Laptop',
			quantity: 3,
			price: 429.99,
			event_type: 'MODIFY',
			...expected,
		});
	});

	it('with attributes named like members of JavaScript objects', async () => {
		const change = `{"dynamodb":{"NewImage":{"orderid":{"S":"1"},"__proto__":{"M":{"__proto__":{"N":"2"}}},"constructor":{"S":"x"}}}}`;
		const { data } = await transform(change);
		expect(decode(data)).toBe(
			'{"orderid":"1","__proto__":{"__proto__":2},"constructor":"x","event_type":"UNKNOWN","event_time":""}\n',
		);
	});

	it('with a number of very many zeros as text, without delay', async () => {
		const number = `1${'0'.repeat(500_000)}1`;
		const { data } = await transform({ dynamodb: { NewImage: { ...laptop, quantity: { N: number } } } });
		expect(JSON.parse(decode(data)).quantity).toBe(number);
	});

	it('of type UNKNOWN if the stream names none', async () => {
		const { data } = await transform({ dynamodb: { NewImage: laptop } });
		expect(JSON.parse(decode(data))).toMatchObject({ event_type: 'UNKNOWN', event_time: '' });
		expect(JSON.parse(decode(data))).not.toHaveProperty('event_id');
	});
});

describe('an attribute in plain JSON', () => {
	it.each<[unknown, unknown]>([
		[{ S: 'Zoë "quoted"\n' }, 'Zoë "quoted"\n'],
		[{ S: '' }, ''],
		[{ N: '3' }, 3],
		[{ N: '-0.10' }, -0.1],
		[{ N: '1e3' }, 1000],
		[{ N: '9007199254740992' }, 9007199254740992],
		[{ N: '9007199254740993' }, '9007199254740993'],
		[{ N: '0.1234567890123456789' }, '0.1234567890123456789'],
		[{ N: '1E+125' }, 1e125],
		[{ N: '0' }, 0],
		[{ BOOL: false }, false],
		[{ NULL: true }, null],
		[{ B: 'AAEC/w==' }, 'AAEC/w=='],
		[{ SS: ['b', 'a'] }, ['b', 'a']],
		[{ NS: ['1', '12345678901234567890123'] }, [1, '12345678901234567890123']],
		[{ BS: ['AA==', '/w=='] }, ['AA==', '/w==']],
		[{ L: [{ N: '1' }, { L: [] }, { M: {} }] }, [1, [], {}]],
		[{ M: { a: { M: { b: { NULL: true } } } } }, { a: { b: null } }],
	])('%j is %j', async (attribute, plain) => {
		const { result, data } = await transform({ dynamodb: { NewImage: { it: attribute } } });
		expect({ result, it: JSON.parse(decode(data)).it }).toEqual({ result: 'Ok', it: plain });
	});

	it('keeps names that are special in JavaScript', async () => {
		const { data } = await transform('{"dynamodb":{"NewImage":{"__proto__":{"S":"x"},"constructor":{"N":"1"}}}}');
		expect(decode(data)).toBe('{"__proto__":"x","constructor":1,"event_type":"UNKNOWN","event_time":""}\n');
	});

	it('is converted as the SDK converts it', async () => {
		const text = fc.string({ unit: 'binary', maxLength: 8 });
		// What the SDK itself takes for a number.
		const number = fc.oneof(
			fc.integer(),
			fc
				.double({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER, noNaN: true })
				.map((n) => (Math.abs(n) < 1e-100 ? 0 : n)),
		);
		const { value } = fc.letrec<{ value: unknown }>((tie) => ({
			value: fc.oneof(
				{ depthSize: 'small', withCrossShrink: true },
				text,
				number,
				fc.boolean(),
				fc.constant(null),
				fc.array(tie('value'), { maxLength: 4 }),
				fc.dictionary(text, tie('value'), { maxKeys: 4, noNullPrototype: true }),
			),
		}));
		await fc.assert(
			fc.asyncProperty(fc.dictionary(text, value, { maxKeys: 5, noNullPrototype: true }), async (item) => {
				const { M: image = {} } = convertToAttr(item, { convertTopLevelContainer: true });
				const { result, data } = await transform({ eventName: 'INSERT', dynamodb: { NewImage: image } });
				expect(result).toBe('Ok');
				const wanted = { ...unmarshall(image), event_type: 'INSERT', event_time: '' };
				expect(JSON.parse(decode(data))).toEqual(JSON.parse(JSON.stringify(wanted)));
			}),
			{ numRuns: runs(300) },
		);
	});
});

test('the log has the reason of each failed record, and counts for all of them', async () => {
	await handler(
		toRecords(encode({ dynamodb: { NewImage: laptop } }), encode('orderid=7421'), encode({ dynamodb: {} })),
		invocation,
	);
	const common = { function: 'the-function', request_id: 'the-request' };
	expect(logLines).toEqual([
		{ ...common, level: 'warn', message: 'Record failed', record_id: 'r1', reason: expect.stringContaining('JSON') },
		{ ...common, level: 'info', message: 'Changes of OrderTable', Ok: 1, Dropped: 1, ProcessingFailed: 1 },
	]);
});

describe('a record without a line', () => {
	it.each([{ OldImage: laptop }, {}, { NewImage: null }])('is dropped if it is a deletion: %j', async (image) => {
		const change = { eventName: 'REMOVE', dynamodb: image };
		expect(await transform(change)).toEqual({ recordId: 'r0', result: 'Dropped', data: encode(change) });
	});

	it.each([{}, { dynamodb: null }])('is dropped if it says that it is a deletion, and no more: %j', async (rest) => {
		const change = { eventName: 'REMOVE', ...rest };
		expect(await transform(change)).toEqual({ recordId: 'r0', result: 'Dropped', data: encode(change) });
		expect(logLines).toEqual([expect.objectContaining({ level: 'info', Dropped: 1, ProcessingFailed: 0 })]);
	});

	it.each<[string, unknown]>([
		['not JSON', 'orderid=7421'],
		['cut off', '{"dynamodb":{"NewImage":{"orderid":{"S":"74'],
		['null', null],
		['a number', 7],
		['no dynamodb', { eventName: 'INSERT' }],
		['neither dynamodb nor a kind of change', {}],
		['a deletion whose dynamodb is not an object', { eventName: 'REMOVE', dynamodb: 'x' }],
		['an insertion without its item', { eventName: 'INSERT', dynamodb: { Keys: { orderid: { S: '7421' } } } }],
		['a change without its item', { eventName: 'MODIFY', dynamodb: { OldImage: laptop, NewImage: null } }],
		['an image that is not an object', { dynamodb: { NewImage: ['S', '7421'] } }],
		['plain JSON in place of attributes', { dynamodb: { NewImage: { orderid: '7421' } } }],
		['an unknown type', { dynamodb: { NewImage: { orderid: { X: '7421' } } } }],
		['two types at once', { dynamodb: { NewImage: { orderid: { S: '7421', N: '7421' } } } }],
		['a number in words', { dynamodb: { NewImage: { quantity: { N: 'three' } } } }],
		['an empty number', { dynamodb: { NewImage: { quantity: { N: '' } } } }],
		['a hexadecimal number', { dynamodb: { NewImage: { quantity: { N: '0x10' } } } }],
	])('fails, untouched: %s', async (_, change) => {
		expect(await transform(change)).toEqual({ recordId: 'r0', result: 'ProcessingFailed', data: encode(change) });
	});

	it('fails, untouched: invalid UTF-8 and an empty record', async () => {
		const broken = Buffer.concat([Buffer.from('{"dynamodb":{"NewImage":{"a":{"S":"'), Buffer.from([0xff, 0xfe])]);
		const event = toRecords(broken.toString('base64'), '');
		expect(await handler(event, invocation)).toEqual({
			records: event.records.map((record) => ({ ...record, result: 'ProcessingFailed' })),
		});
	});
});

it('randomly corrupted records never hold up the others, and none is lost or moved', async () => {
	const good = JSON.stringify({ eventID: '1', eventName: 'INSERT', dynamodb: { NewImage: laptop } });
	const goodLine = decode((await transform(good)).data);
	const random = seeded(7);
	const total = Number(process.env.SHOPLAKE_FUZZ_RECORDS ?? 100_000);
	for (let done = 0; done < total; done += 500) {
		const data = Array.from({ length: 500 }, (_, index) =>
			index % 2 === 0 ? encode(good) : mutated(Buffer.from(good), random).toString('base64'),
		);
		const event = toRecords(...data);
		const { records } = await handler(event, invocation);
		const wrong = records.filter(({ recordId, result, data: answer }, index) => {
			const sent = event.records[index];
			if (recordId !== sent?.recordId) return true;
			if (index % 2 === 0) return result !== 'Ok' || decode(answer) !== goodLine;
			return result === 'Ok' ? !isLine(decode(answer)) : answer !== sent.data;
		});
		expect({ answers: records.length, wrong }).toEqual({ answers: 500, wrong: [] });
	}
});

describe('a response within Lambda’s 6 MB', () => {
	const limit = 6 * 1024 ** 2;
	const respond = async (event: Parameters<typeof handler>[0]) => {
		const answer = await handler(event, invocation);
		return { answer, size: JSON.stringify(answer).length };
	};

	it('holds the lines of a full request', async () => {
		const change = {
			eventID: 'e',
			eventName: 'INSERT',
			dynamodb: { NewImage: { ...laptop, note: { S: 'x'.repeat(2000) } } },
		};
		const count = Math.floor(limit / (encode(change).length + 150));
		const { answer, size } = await respond(toRecords(...Array.from({ length: count }, () => encode(change))));
		expect(size).toBeLessThan(limit);
		expect(answer.records.every(({ result }) => result === 'Ok')).toBe(true);
	});

	it('returns records that would not fit untouched, those that grew most first', async () => {
		const grows = { dynamodb: { NewImage: { all: { NS: Array.from({ length: 200 }, () => '1e20') } } } };
		const stays = {
			eventID: 'e',
			eventName: 'INSERT',
			dynamodb: { NewImage: { ...laptop, note: { S: 'x'.repeat(400) } } },
		};
		const count = Math.floor(limit / (encode(grows).length + encode(stays).length + 300));
		const data = Array.from({ length: 2 * count }, (_, index) => encode(index % 2 === 0 ? grows : stays));
		const event = toRecords(...data);
		const { answer, size } = await respond(event);
		expect(size).toBeLessThan(limit);
		const failed = answer.records.filter(({ result }) => result === 'ProcessingFailed');
		expect(failed.length).toBeGreaterThan(0);
		expect(failed.every(({ data }) => data === encode(grows))).toBe(true);
		expect(answer.records.map(({ recordId }) => recordId)).toEqual(event.records.map(({ recordId }) => recordId));
	});
});

/** A few bytes changed, taken away or put in, somewhere. */
function mutated(bytes: Buffer, random: () => number): Buffer {
	let result = bytes;
	for (let edits = 1 + Math.floor(random() * 4); edits > 0; edits--) {
		const at = Math.floor(random() * result.length);
		const byte = Buffer.from([Math.floor(random() * 256)]);
		const cut = Math.floor(random() * 3);
		result = Buffer.concat([result.subarray(0, at), ...(random() < 0.7 ? [byte] : []), result.subarray(at + cut)]);
	}
	return result;
}

/** One JSON object and the end of its line. */
function isLine(text: string): boolean {
	const value = JSON.parse(text);
	return text.endsWith('\n') && !text.slice(0, -1).includes('\n') && typeof value.event_type === 'string';
}

/** Numbers from 0 up to 1, the same in each run (mulberry32). */
function seeded(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}
