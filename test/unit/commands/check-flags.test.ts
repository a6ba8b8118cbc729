import { checkFlags, checkWords, type Flag } from '../../../tasks/commands/check-flags';
import { checkEnvironment, defineTask, readEnvironment } from '../../../tasks/commands/define-task';

const flags = {
	batch: { type: 'string', alias: 'date' },
	dataset: { choices: ['orders', 'products'] },
	crawler: { type: 'string', mayBeEmpty: true },
	source: { type: 'string', array: true },
	param: { type: 'string', array: true, default: [] },
	records: { type: 'number', integer: [1, 100] },
	dirt: { type: 'number' },
	'dry-run': { type: 'boolean' },
} as const satisfies Record<string, Flag>;

it.each([
	[{ batch: ['a', 'b'] }, '--batch or --date is given 2 times (a, b): give it once.'],
	[{ dataset: ['orders', 'products'] }, '--dataset is given 2 times (orders, products): give it once.'],
	[{ records: [1, 2] }, '--records is given 2 times (1, 2): give it once.'],
	[{ batch: '' }, '--batch or --date needs a value: give one, or leave the flag out.'],
	// What `--no-batch` and `--batch.x 1` are to yargs.
	[{ batch: false }, '--batch or --date needs a value: give one, or leave the flag out.'],
	[{ batch: { x: 1 } }, '--batch or --date needs a value: give one, or leave the flag out.'],
	[{ source: [] }, '--source needs a value: give one, or leave the flag out.'],
	[{ source: ['a', ''] }, '--source needs a value: give one, or leave the flag out.'],
	[{ records: Number.NaN }, '--records: give a whole number.'],
	[{ dirt: Number.NaN }, '--dirt: give a number.'],
	[{ dirt: Number.POSITIVE_INFINITY }, '--dirt: give a number.'],
	[{ records: 0 }, '--records 0: give a whole number from 1 to 100.'],
	[{ records: -1 }, '--records -1: give a whole number from 1 to 100.'],
	[{ records: 1.5 }, '--records 1.5: give a whole number from 1 to 100.'],
	[{ records: 1e9 }, '--records 1000000000: give a whole number from 1 to 100.'],
])('%j is refused with 64, by the name of the flag', (args, message) => {
	expect(() => checkFlags(flags, args)).toThrow(expect.objectContaining({ exitCode: 64, message }));
});

it.each([
	['--records', '--records needs a value: give one, or leave the flag out.'],
	['--records --dry-run', '--records needs a value: give one, or leave the flag out.'],
	['--dirt=', '--dirt needs a value: give one, or leave the flag out.'],
	['--dataset --records 5', '--dataset needs a value: give one, or leave the flag out.'],
	['--date', '--date needs a value: give one, or leave the flag out.'],
	['--records -- 5', '--records needs a value: give one, or leave the flag out.'],
	['--dry-run=yes', "--dry-run 'yes': give true or false."],
	['--dry-run=', "--dry-run '': give true or false."],
	['--dryRun=1', "--dryRun '1': give true or false."],
])('the words %s are refused with 64, instead of standing for a default', (words, message) => {
	const check = () => checkWords(flags, words.split(' '));
	expect(check).toThrow(expect.objectContaining({ exitCode: 64, message }));
});

it.each([
	'--records 5 --dirt -0.5 --date 2026-11-20',
	'--dry-run --dry-run=true --dry-run=false --no-dry-run',
	'--crawler --crawler= --source a b --param=x=',
	'word --unknown -- --records',
])('the words %s are no cause for a refusal', (words) => {
	checkWords(flags, words.split(' '));
});

it('accepts valid values, no flags, and a flag without a value if the flag allows it', () => {
	checkFlags(flags, {
		batch: 'a',
		dataset: 'orders',
		crawler: '',
		source: ['a', 'b'],
		records: 1,
		dirt: 0.5,
		'dry-run': true,
	});
	checkFlags(flags, { param: [] });
	checkFlags(flags, {});
});

it.each([
	['true', true],
	['1', true],
	['YES', true],
	['on', true],
	['false', false],
	['0', false],
	['no', false],
	['Off', false],
])('SHOPLAKE_DRY_RUN=%s is %s', (text, value) => {
	expect(readEnvironment(flags, { SHOPLAKE_DRY_RUN: text })).toEqual({ 'dry-run': value });
});

it.each(['', ' '])('a variable that is %j counts as unset', (text) => {
	const env = { SHOPLAKE_DRY_RUN: text, SHOPLAKE_BATCH: text, SHOPLAKE_SOURCE: text };
	expect(readEnvironment(flags, env)).toEqual({});
	expect(() => checkEnvironment(flags, env)).not.toThrow();
});

it('refuses a variable that is neither true nor false, by name', () => {
	expect(() => checkEnvironment(flags, { SHOPLAKE_DRY_RUN: 'maybe' })).toThrow(
		'SHOPLAKE_DRY_RUN=maybe: give true or false.',
	);
});

test('a property that no flag has does not compile', () => {
	const command = defineTask({
		command: 'count',
		describe: '',
		about: '',
		// @ts-expect-error: a flag has no property `whole`.
		options: { n: { type: 'number', whole: [1, 2], describe: '' } },
		run: async () => ({ status: 'done' }),
	});
	expect(command.command).toBe('count');
});
