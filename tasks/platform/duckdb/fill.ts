import halfUp from '../../../sql/expressions/half-up.sql';

/** The expressions under `sql/expressions/`, which every statement may use: `{half_up(amount, orders)}`. */
const expressions: Readonly<Record<string, { readonly sql: string; readonly slots: readonly string[] }>> = {
	half_up: { sql: halfUp, slots: ['a', 'b'] },
};

const comments = /^\s*--.*$/gm;
const slot = /\{(\w+)\}/g;
const use = /\{(\w+)\(([^(){}]+)\)\}/g;

/**
 * Fills the `{slots}` of a statement under `sql/` with SQL, and writes out the expressions that it uses; throws if a slot
 * has no value or a value has no slot.
 */
export function fill(sql: string, slots: Readonly<Record<string, string>>): string {
	const unused = new Set(Object.keys(slots));
	const filled = sql
		.replace(comments, '')
		.replace(use, (_, name: string, list: string) => writeOut(name, list.split(',')))
		.replace(slot, (slot, name: string) => {
			const value = slots[name];
			if (value === undefined) throw new Error(`nothing to put into ${slot}`);
			unused.delete(name);
			return value;
		});
	if (unused.size > 0) throw new Error(`no slot for ${[...unused].join(', ')}`);
	return filled;
}

function writeOut(name: string, values: readonly string[]): string {
	const expression = expressions[name];
	if (expression?.slots.length !== values.length) throw new Error(`no expression ${name} of ${values.length} values`);
	const byName = Object.fromEntries(
		expression.slots.map((slot, index) => [slot, inParentheses(values[index] as string)]),
	);
	return expression.sql
		.replace(comments, '')
		.trim()
		.replace(slot, (slot, name: string) => byName[name] ?? slot);
}

const inParentheses = (value: string): string => (/^[\w.]+$/.test(value.trim()) ? value.trim() : `(${value.trim()})`);
