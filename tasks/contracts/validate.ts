import type { Rule } from './contract-rule';
import type { Contract } from './dataset';
import { listRules } from './rule-kinds';
import { fieldParser } from './typing';

/** A field of a record as it came. */
export interface FieldText {
	/** Trimmed; null if that leaves nothing. */
	readonly text: string | null;
	/** Whether it was text or a number. */
	readonly isScalar: boolean;
}

/** What is wrong with a record. */
export interface Fault {
	readonly rule: Rule;
	/** Undefined if the record can't be parsed. */
	readonly field?: string;
	readonly message: string;
}

/**
 * Finds the first rule that a record breaks. `lastDay` is the last day that is not in the future, counted from 1970-01-01;
 * without it no day is.
 */
export type Validate = (record: (field: string) => FieldText, lastDay?: number) => Fault | undefined;

/** Compiles the rules of a contract to JavaScript: the same rules in the same order with the same messages as `listChecks`. */
export function compileRules(contract: Contract): Validate {
	const rules = listRules(contract);
	const parsers = Object.entries(contract.fields).map(([name, field]) => [name, fieldParser(field)] as const);
	return (record, lastDay = Number.POSITIVE_INFINITY) => {
		const values = new Map(
			parsers.map(([name, parse]) => {
				const { text, isScalar } = record(name);
				return [name, { text, value: text !== null && isScalar ? parse(text) : Number.NaN }];
			}),
		);
		const text = (field: string) => values.get(field)?.text ?? null;
		const value = (field: string) => values.get(field)?.value ?? Number.NaN;
		const broken = rules.find(({ isBroken }) => isBroken({ text, value, lastDay }));
		if (!broken) return undefined;
		const { rule, field, message, shown } = broken;
		return { rule, field, message: message.split('{text}').join(shown.show(text(field) ?? '')) };
	};
}
