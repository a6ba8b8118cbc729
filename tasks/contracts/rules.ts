import { literal } from '../engines/quote';
import type { Dataset } from './dataset';
import { typingOf } from './typing';

/** The rules a record can break, in the order in which they are named. */
export const rules = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type Rule = (typeof rules)[number];

/** A rule with the SQL that is true where a record breaks it, and the SQL of what to tell. */
export interface Check {
	readonly rule: Rule;
	readonly broken: string;
	readonly message: string;
}

/** SQL expressions a check may use beside the record's trimmed texts. */
export interface CheckInputs {
	/** The trimmed text of a field. */
	readonly text: (field: string) => string;
	/** The typed value of a field. */
	readonly value: (field: string) => string;
	/** True where the field held an object, a list or a truth value instead of text or a number. */
	readonly notScalar: (field: string) => string;
	/** The last date that is not in the future, as an SQL date. */
	readonly lastDate: string;
}

/** Every check of a dataset on a record alone, in the order of `rules`; the first broken one names the rule. */
export function checksOf(dataset: Dataset, { text, value, notScalar, lastDate }: CheckInputs): Check[] {
	const fields = Object.entries(dataset.fields);
	const shown = (name: string) => `'''' || left(${text(name)}, 80) || ''''`;
	const check = (rule: Rule, broken: string, message: string): Check => ({ rule, broken, message });
	const says = (name: string, what: string) => `${literal(`${name} is `)} || ${shown(name)} || ${literal(what)}`;
	return [
		...fields
			.filter(([, { required }]) => required)
			.map(([name]) => check('missing', `${text(name)} is null`, literal(`${name} is absent or empty`))),
		...fields.map(([name, field]) => {
			const { wellFormed, looksLike } = typingOf(field);
			const bad = `(${notScalar(name)} or not ${wellFormed(text(name))} or ${value(name)} is null)`;
			return check('type', `${text(name)} is not null and ${bad}`, says(name, `, not ${looksLike}`));
		}),
		...dataset.derived.map(({ name, type, sql }) =>
			check(
				'type',
				`${sql(value)} is not null and try_cast(${sql(value)} as ${type}) is null`,
				literal(`${name}, which derives from the record, does not fit ${type}`),
			),
		),
		...fields.flatMap(([name, { oneOf }]) =>
			oneOf
				? [
						check(
							'enum',
							`${text(name)} not in (${oneOf.map(literal).join(', ')})`,
							says(name, `, not one of ${oneOf.join(', ')}`),
						),
					]
				: [],
		),
		...fields.flatMap(([name, { atLeast, moreThan, atMost }]) => [
			...(atLeast === undefined
				? []
				: [check('range', `${value(name)} < ${atLeast}`, says(name, `, less than ${atLeast}`))]),
			...(moreThan === undefined
				? []
				: [check('range', `${value(name)} <= ${moreThan}`, says(name, `, not more than ${moreThan}`))]),
			...(atMost === undefined
				? []
				: [check('range', `${value(name)} > ${atMost}`, says(name, `, more than ${atMost}`))]),
		]),
		...(dataset.eventTime
			? [
					check(
						'future',
						`cast(${value(dataset.eventTime)} as date) > ${lastDate}`,
						says(dataset.eventTime, ', more than a day after the batch’s as-of'),
					),
				]
			: []),
	];
}
