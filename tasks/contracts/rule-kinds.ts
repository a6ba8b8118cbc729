import { literal, literals } from '../platform/duckdb/quote';
import { instantSql } from '../platform/duckdb/zone-sql';
import { instantOf, utc } from '../platform/time-zone';
import type { Field } from './column';
import { type ContractRule, firstCharacters, group } from './contract-rule';
import type { Contract } from './dataset';
import { farOffsetOfTime } from './types/times';
import { fieldTyping } from './typing';

const dayMs = 24 * 3600_000;
const isText = ({ type }: Field) => type === 'string' || undefined;
/** A control character (Unicode's category Cc) that no text may have: all except tab, line feed and carriage return. */
const control = '[^\\P{Cc}\\t\\n\\r]';
const controlPattern = new RegExp(control, 'u');
const farOffsetPattern = new RegExp(farOffsetOfTime);

/** The zone in which the values of a field have their dates: dates are local times already, times are instants. */
const zoneOfValues = ({ type, timeZone = utc }: Field): string => (type === 'timestamp' ? timeZone : utc);
const timestampSql = (ms: number): string => `make_timestamp(cast(${ms} as bigint) * 1000)`;

/** All kinds of rules, in order of precedence. */
const precedence: readonly ((contract: Contract) => ContractRule[])[] = [
	group('missing', {
		required: {
			limit: ({ required }) => required || undefined,
			message: () => '{field} is absent or empty',
			sql: ({ text }) => `${text} is null`,
			js: ({ text }) => text === null,
		},
	}),
	group('type', {
		type: {
			limit: (field) => fieldTyping(field).looksLike,
			message: (looksLike) => `{field} is '{text}', not ${looksLike}`,
			sql: ({ text, value, field, record, pattern }) => {
				const wellFormed = pattern === undefined ? 'true' : `regexp_full_match(${text}, ${literal(pattern)})`;
				return `${text} is not null and (${record.notScalar(field)} or not ${wellFormed} or ${value} is null)`;
			},
			js: ({ text, value }) => text !== null && Number.isNaN(value),
			describe: (_, { form }) => form?.looksLike,
		},
		// Ids from a column of doubles; other sources have all digits of a number.
		lostDigits: {
			limit: isText,
			message: () =>
				`{field} is '{text}', a floating-point number of more than 2^53, whose last digits are lost: write ids as text or whole numbers`,
			sql: ({ field, record }) => record.hasLostDigits(field),
			js: () => false,
		},
		control: {
			limit: isText,
			message: () => '{field} has the control character {text}, which no text may have',
			sql: ({ text, record }) => `${record.mayHoldControl} and regexp_matches(${text}, '${control}')`,
			js: ({ text }) => controlPattern.test(text ?? ''),
			shown: {
				sql: (text) => `printf('U+%04X', ord(regexp_extract(${text}, '${control}')))`,
				show: (text) => {
					const code = controlPattern.exec(text)?.[0].codePointAt(0) ?? 0;
					return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
				},
			},
		},
	}),
	({ derived }) =>
		derived.map(({ name, type, sql, fits }) => ({
			...{ rule: 'type', field: name, description: undefined, shown: firstCharacters },
			message: `${name}, which derives from the record, does not fit ${type}`,
			brokenSql: ({ value }) => `${sql(value)} is not null and try_cast(${sql(value)} as ${type}) is null`,
			isBroken: ({ value }) => !fits(value),
		})),
	group('enum', {
		oneOf: {
			message: (words) => `{field} is '{text}', not one of ${words.join(', ')}`,
			sql: ({ text }, words) => `${text} not in (${literals(words)})`,
			js: ({ text }, words) => text !== null && !words.includes(text),
			describe: (words) => `one of ${words.map((word) => `\`${word}\``).join(', ')}`,
		},
	}),
	group('range', {
		atLeast: {
			message: (limit) => `{field} is '{text}', less than ${limit}`,
			sql: ({ value }, limit) => `${value} < ${limit}`,
			js: ({ value }, limit) => value < limit,
			describe: (limit) => `≥ ${limit}`,
		},
		moreThan: {
			message: (limit) => `{field} is '{text}', not more than ${limit}`,
			sql: ({ value }, limit) => `${value} <= ${limit}`,
			js: ({ value }, limit) => value <= limit,
			describe: (limit) => `> ${limit}`,
		},
		atMost: {
			message: (limit) => `{field} is '{text}', more than ${limit}`,
			sql: ({ value }, limit) => `${value} > ${limit}`,
			js: ({ value }, limit) => value > limit,
			describe: (limit) => `≤ ${limit}`,
		},
		mostBytes: {
			message: (bytes) => `{field} is '{text}', more than ${bytes} bytes of UTF-8`,
			sql: ({ text }, bytes) => `strlen(${text}) > ${bytes}`,
			js: ({ text }, bytes) => Buffer.byteLength(text ?? '') > bytes,
			describe: (bytes) => `≤ ${bytes} bytes of UTF-8`,
		},
		notBefore: {
			limit: (field) => {
				const { notBefore: date, timeZone = utc } = field;
				return date === undefined
					? undefined
					: { date, timeZone, begins: instantOf(zoneOfValues(field), Date.parse(date)) };
			},
			message: ({ date, timeZone }) => `{field} is '{text}', before ${date} (${timeZone})`,
			sql: ({ value }, { begins }) => `${value} < ${timestampSql(begins)}`,
			js: ({ value }, { begins }) => value < begins,
			describe: ({ date }) => `≥ ${date}`,
		},
		offset: {
			limit: (field) => fieldTyping(field).hasOffset,
			message: () => `{field} is '{text}', with an offset of more than 14 hours`,
			sql: ({ text }) => `(${text}[-1] <> 'Z' and regexp_matches(${text}, '${farOffsetOfTime}'))`,
			js: ({ text }) => farOffsetPattern.test(text ?? ''),
			describe: () => 'offset within ±14:00',
		},
		years: {
			message: ([first, last]) => `{field} '{text}' is not in the years ${first} to ${last} of UTC`,
			sql: ({ value }, [first, last]) => `year(${value}) not between ${first} and ${last}`,
			js: ({ value }, [first, last]) => value < Date.UTC(first, 0) || value >= Date.UTC(last + 1, 0),
			describe: ([first, last]) => `in the years ${first} to ${last} of UTC`,
		},
	}),
	group('range', {
		highestOf: {
			message: () => '{field} {text} is not the highest',
			sql: ({ value, record }, others) => others.map((other) => `${value} < ${record.value(other)}`).join(' or '),
			js: ({ value, record }, others) => others.some((other) => value < record.value(other)),
			describe: () => 'the highest',
		},
		lowestOf: {
			message: () => '{field} {text} is not the lowest',
			sql: ({ value, record }, others) => others.map((other) => `${value} > ${record.value(other)}`).join(' or '),
			js: ({ value, record }, others) => others.some((other) => value > record.value(other)),
			describe: () => 'the lowest',
		},
	}),
	group('future', {
		future: {
			limit: (field, isEventTime) => (isEventTime ? field : undefined),
			message: () => `{field} is '{text}', more than a day after the batch’s as-of`,
			sql: ({ value, record }, field) =>
				zoneOfValues(field) === utc
					? `cast(${value} as date) > ${record.lastDate}`
					: `${value} >= ${instantSql(zoneOfValues(field), `cast(${record.lastDate} + 1 as timestamp)`)}`,
			js: ({ value, record }, field) => value >= instantOf(zoneOfValues(field), (record.lastDay + 1) * dayMs),
		},
	}),
];

/** All rules of a contract on a single record, in order of precedence: of several broken ones the first counts. */
export const listRules = (contract: Contract): ContractRule[] => precedence.flatMap((rulesOf) => rulesOf(contract));
