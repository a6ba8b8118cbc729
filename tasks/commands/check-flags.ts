import type { Options } from 'yargs';
import { UsageError } from '../platform/errors';

/** A flag as a task declares it: yargs' options, and further limits on its value. */
export type Flag = Options & {
	/** A whole number from `[0]` to `[1]`, both included. */
	readonly integer?: readonly [from: number, to: number];
	/** The flag may be given without a value, which is then empty. */
	readonly mayBeEmpty?: boolean;
};

/**
 * Throws UsageError, with the flag's name, if a value is invalid: given twice, empty, not a number, out of range. yargs
 * itself turns a repeated flag into a list, and a word into NaN.
 */
export function checkFlags(flags: Readonly<Record<string, Flag>>, args: Readonly<Record<string, unknown>>): void {
	for (const [name, flag] of Object.entries(flags)) {
		const value = args[name];
		if (value === undefined) continue;
		const flagName = [name, ...[flag.alias ?? []].flat()].map((one) => `--${one}`).join(' or ');
		if (flag.array) {
			const values = value as readonly unknown[];
			if (values.length === 0 && flag.default === undefined) throw valueMissing(flagName);
			for (const one of values) checkValue(flagName, flag, one);
		} else {
			if (Array.isArray(value)) {
				throw new UsageError(`${flagName} is given ${value.length} times (${value.join(', ')}): give it once.`);
			}
			checkValue(flagName, flag, value);
		}
	}
}

/**
 * Throws UsageError, with the flag's name, if the words of the command line give a flag no value, or a boolean another one
 * than true or false. yargs itself takes the default then, zero, or false.
 */
export function checkWords(flags: Readonly<Record<string, Flag>>, words: readonly string[]): void {
	const end = words.indexOf('--');
	const given = end < 0 ? words : words.slice(0, end);
	for (const [place, word] of given.entries()) {
		const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
		const flag = findFlag(flags, name);
		if (!flag) continue;
		if (flag.type === 'boolean') {
			if (value !== undefined && !/^(true|false)$/.test(value)) throw notBoolean(`--${name}`, value);
		} else if (!flag.mayBeEmpty && !(value ?? valueAfter(given, place))) throw valueMissing(`--${name}`);
	}
}

/** The flag of a name or an alias; yargs takes `--dryRun` for `--dry-run`. */
function findFlag(flags: Readonly<Record<string, Flag>>, word: string): Flag | undefined {
	const name = word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
	return Object.entries(flags).find(([own, { alias = [] }]) => [own, alias].flat().includes(name))?.[1];
}

/** The word after a flag, unless it is the next flag. A negative number is a value. */
function valueAfter(words: readonly string[], place: number): string | undefined {
	const word = words[place + 1];
	return word !== undefined && /^(?!-)|^-\d*\.?\d+$/.test(word) ? word : undefined;
}

function checkValue(flagName: string, flag: Flag, value: unknown): void {
	if (flag.type === 'boolean') {
		if (typeof value !== 'boolean') throw notBoolean(flagName, value);
	} else if (flag.type === 'number') {
		checkNumber(flagName, flag, value);
	} else if (typeof value !== 'string' || (value === '' && !flag.mayBeEmpty)) throw valueMissing(flagName);
}

function checkNumber(flagName: string, { integer }: Flag, value: unknown): void {
	if (typeof value !== 'number' || !Number.isFinite(value)) {
		throw new UsageError(`${flagName}: give ${integer ? 'a whole number' : 'a number'}.`);
	}
	if (integer && !(Number.isInteger(value) && value >= integer[0] && value <= integer[1])) {
		throw new UsageError(`${flagName} ${value}: give a whole number from ${integer[0]} to ${integer[1]}.`);
	}
}

const notBoolean = (flagName: string, value: unknown) => new UsageError(`${flagName} '${value}': give true or false.`);

const valueMissing = (flagName: string) =>
	new UsageError(`${flagName} needs a value: give one, or leave the flag out.`);

/** The boolean that a text spells; undefined for any other text. */
export function parseBoolean(text: string): boolean | undefined {
	if (/^(true|1|yes|on)$/i.test(text)) return true;
	if (/^(false|0|no|off)$/i.test(text)) return false;
	return undefined;
}
