import type { Options } from 'yargs';
import { UsageError } from '../platform/errors';

/** A flag as a task declares it: yargs' options, and what else its value has to be. */
export type Flag = Options & {
	/** A whole number from `[0]` to `[1]`, both included. */
	readonly whole?: readonly [from: number, to: number];
	/** Given without a value it means something of its own: the value is empty. */
	readonly mayBeEmpty?: boolean;
};

/**
 * Throws UsageError, with the flag's name, where a value is not what its flag takes: given twice, empty, not a number, out
 * of its range. yargs itself makes a list of a repeated flag, and NaN of a word.
 */
export function checkFlags(flags: Readonly<Record<string, Flag>>, args: Readonly<Record<string, unknown>>): void {
	for (const [name, flag] of Object.entries(flags)) {
		const value = args[name];
		if (value === undefined) continue;
		const spelt = [name, ...[flag.alias ?? []].flat()].map((one) => `--${one}`).join(' or ');
		if (flag.array) {
			const values = value as readonly unknown[];
			if (values.length === 0 && flag.default === undefined) throw needsValue(spelt);
			for (const one of values) checkValue(spelt, flag, one);
		} else {
			if (Array.isArray(value)) {
				throw new UsageError(`${spelt} is given ${value.length} times (${value.join(', ')}): give it once.`);
			}
			checkValue(spelt, flag, value);
		}
	}
}

function checkValue(spelt: string, flag: Flag, value: unknown): void {
	if (flag.type === 'boolean') {
		if (typeof value !== 'boolean') throw new UsageError(`${spelt} '${value}': give true or false.`);
	} else if (flag.type === 'number') {
		checkNumber(spelt, flag, value);
	} else if (typeof value !== 'string' || (value === '' && !flag.mayBeEmpty)) throw needsValue(spelt);
}

function checkNumber(spelt: string, { whole }: Flag, value: unknown): void {
	if (typeof value !== 'number' || !Number.isFinite(value)) {
		throw new UsageError(`${spelt}: give ${whole ? 'a whole number' : 'a number'}.`);
	}
	if (whole && !(Number.isInteger(value) && value >= whole[0] && value <= whole[1])) {
		throw new UsageError(`${spelt} ${value}: give a whole number from ${whole[0]} to ${whole[1]}.`);
	}
}

const needsValue = (spelt: string) => new UsageError(`${spelt} needs a value: give one, or leave the flag out.`);

/** The boolean that a text says; undefined where it says none. */
export function parseBoolean(text: string): boolean | undefined {
	if (/^(true|1|yes|on)$/i.test(text)) return true;
	if (/^(false|0|no|off)$/i.test(text)) return false;
	return undefined;
}
