import { describeErasure } from '../../../tasks/commands/forget';

test('the report of an erasure says what was erased, what is left and why, and what expires when', () => {
	const text = describeErasure({
		status: 'published',
		person: '5f1d',
		records: [{ dataset: 'orders', batches: 2, erased: 3, rejected: 1, unused: 0, redacted: 0 }],
		files: [],
		deleted_objects: 40,
		deleted_versions: 41,
		deleted_bytes: 1000,
		left: [{ key: 'landing/x.xlsx', reason: 'its format can’t be rewritten' }],
		near_matches: [],
		remains: [
			{ what: 'Athena', days: 7, note: 'results bucket' },
			{ what: 'The shop', days: null, note: 'sends it again' },
		],
	});
	expect(text.split('\n').map((line) => line.trim().replaceAll(/ +/g, ' '))).toEqual([
		'The person is erased from the lake. Digest of the id: 5f1d.',
		'',
		'Records in Bronze and quarantine',
		'dataset batches erased rejected unused redacted',
		expect.stringMatching(/^[- ─┼|]*$/),
		'orders 2 3 1 0 0',
		'',
		'Deleted for good: 40 objects of earlier states, in 41 versions, 1000 bytes.',
		'',
		'Still there, and why',
		'key reason',
		expect.stringMatching(/^[- ─┼|]*$/),
		'landing/x.xlsx its format can’t be rewritten',
		'',
		'What this command does not reach, and when it is gone',
		'what gone note',
		expect.stringMatching(/^[- ─┼|]*$/),
		'Athena after 7 days results bucket',
		'The shop ask its owner sends it again',
	]);
});
