import * as fc from 'fast-check';
import { splitItems, splitMembers } from '../../../tasks/platform/json-members';

const spaces = fc.constantFrom(undefined, 1, '\t');

test('the members of any object are those that JSON.parse finds', () => {
	fc.assert(
		fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), spaces, (value, space) => {
			const members = splitMembers(JSON.stringify(value, null, space));
			expect(members.map(([name]) => name)).toEqual(Object.keys(value));
			expect(members.map(([, text]) => JSON.parse(text))).toEqual(
				Object.values(value).map((one) => JSON.parse(JSON.stringify(one))),
			);
		}),
	);
});

test('the items of any list are those that JSON.parse finds', () => {
	fc.assert(
		fc.property(fc.array(fc.jsonValue()), spaces, (value, space) => {
			const text = JSON.stringify(value, null, space);
			expect(splitItems(text).map((item) => JSON.parse(item))).toEqual(JSON.parse(text));
		}),
	);
});

test('keeps repeated members, and every digit', () => {
	expect(splitMembers(' { "a" : 1.10 , "\\u0061":[ {"a":2} ], "b,}\\"" : "x:y" } ')).toEqual([
		['a', '1.10'],
		['a', '[ {"a":2} ]'],
		['b,}"', '"x:y"'],
	]);
	expect(splitMembers('{ }')).toEqual([]);
	expect(splitItems('[ ]')).toEqual([]);
});
