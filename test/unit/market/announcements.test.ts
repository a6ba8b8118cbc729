import { announcedIn } from '../../../tasks/market/announcements';
import { fileVersion } from '../../../tasks/market/file-version';

const event = (eventName: string, object: object) =>
	JSON.stringify({ Records: [{ eventName, s3: { bucket: { name: 'quotes' }, object } }] });

test('a key is decoded as S3 encodes it', () => {
	const object = { key: 'stocks/a+b%2Bc%C3%A9/A.csv', versionId: 'v', sequencer: '0A', eTag: 'e' };
	expect(announcedIn(event('ObjectCreated:Put', object))).toEqual([
		{ bucket: 'quotes', key: 'stocks/a b+cé/A.csv', versionId: 'v', sequencer: '0A', etag: 'e' },
	]);
});

test('a test of the queue and a deletion tell of nothing', () => {
	expect(announcedIn('{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"quotes"}')).toEqual([]);
	expect(announcedIn(event('ObjectRemoved:Delete', { key: 'stocks/A.csv' }))).toEqual([]);
});

test.each(['', 'hello', '{}', 'null', '{"Records":[{}]}', event('ObjectCreated:Put', { key: '%' })])(
	'%s is no event of S3',
	(body) => {
		expect(() => announcedIn(body)).toThrow(
			expect.objectContaining({
				name: 'ForeignMessageError',
				message: expect.stringMatching(/^The message is no event of S3/),
			}),
		);
	},
);

describe('the newer of two versions of files', () => {
	const at = (lastModified: string, sequencer: string, key = 'stocks/A.csv') =>
		fileVersion({ bucket: 'quotes', key, lastModified: new Date(lastModified), sequencer });

	test('is what S3 took in a later second', () => {
		expect(at('2026-11-20T09:31:01Z', '1') > at('2026-11-20T09:31:00Z', 'F')).toBe(true);
	});

	test('is that of the higher sequencer where the second is the same; the shorter one is filled on the right', () => {
		const [first, second, third] = ['005', '0055AED6DCD90281E5', '0055AED6DCD90281E6'].map((sequencer) =>
			at('2026-11-20T09:31:00Z', sequencer),
		) as [string, string, string];
		expect(first < second && second < third).toBe(true);
		expect(at('2026-11-20T09:31:00Z', '005a')).toBe(at('2026-11-20T09:31:00Z', '005A'));
	});

	test('is the same one for everybody where two keys share a second', () => {
		const [one, other] = ['stocks/A.csv', 'stocks/B.csv'].map((key) => at('2026-11-20T09:31:00Z', '1', key)) as [
			string,
			string,
		];
		expect(one).not.toBe(other);
		expect(at('2026-11-20T09:31:00Z', 'F', 'stocks/A.csv') < at('2026-11-20T09:31:00Z', '0', 'stocks/B.csv')).toBe(
			one < other,
		);
	});
});
