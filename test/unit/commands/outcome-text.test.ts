import { outcomeText, screenful } from '../../../tasks/commands/outcome-text';

it('shows an outcome as a sentence, its values and its tables', () => {
	const text = outcomeText({
		status: 'published',
		batch: '2026-11-20',
		head: 5,
		received: 1394,
		removed: [],
		log: null,
		partitions: ['a/1', 'a/2', 'a/3', 'a/4', 'a/5', 'a/6'],
		datasets: [
			{ dataset: 'orders', received: 51, rejected_by_rule: {} },
			{ dataset: 'events', received: 589, rejected_by_rule: { type: 1, future: 2 } },
		],
	});
	expect(text).toBe(
		[
			'Done; the lake is at head 5.',
			'  batch       2026-11-20',
			'  received    1394',
			'  partitions  a/1, a/2, a/3, a/4, a/5 … and 1 more',
			'',
			'datasets',
			'dataset  received  rejected_by_rule',
			'───────  ────────  ────────────────',
			'orders         51',
			'events        589  type 1, future 2',
		].join('\n'),
	);
});

it.each([
	[
		{ status: 'planned', plan: [{ table: 'a' }] },
		'Dry run, nothing was done. What would be done:\n\nplan\ntable\n─────\na',
	],
	[{ status: 'planned', plan: [] }, 'Dry run: there is nothing to do.'],
	[{ status: 'unchanged' }, 'Nothing changed: there was nothing to do.'],
	[{ status: 'waiting', waits_for: 'the lock' }, 'Waiting for the lock'],
	[{ status: 'unlocked', holder: 'me' }, 'The lock is released.\n  holder  me'],
	[{ status: 'swept' }, 'Done: swept.'],
])('%j', (outcome, text) => {
	expect(outcomeText(outcome)).toBe(text);
});

it('shows the first twenty rows of a long table, and the number of further rows', () => {
	const lines = outcomeText({ status: 'done', plan: Array.from({ length: 5000 }, (_, row) => ({ row })) }).split('\n');
	expect(lines).toHaveLength(26);
	expect(lines.at(-1)).toBe('… and 4980 more; --json has all');
});

it('escapes control characters in values', () => {
	expect(outcomeText({ status: 'done', file: 'a\u001b[2Jb\n', letters: [{ key: '\u0007' }] })).toBe(
		'Done.\n  file  a\\x1b[2Jb\\x0a\n\nletters\nkey\n────\n\\x07',
	);
});

it('cuts a long text to the size of a terminal', () => {
	const text = Array.from({ length: 1000 }, (_, line) => `${line}`).join('\n');
	const lines = screenful(text, 100).split('\n');
	expect(lines).toHaveLength(98);
	expect(lines.at(-1)).toBe('… 903 more lines; redirect the output to see all of it.');
	expect(screenful('a\nb', 1)).toBe('a\nb');
});
