import * as fc from 'fast-check';
import { datasets, type Field, type ProductDataset } from '../../tasks/contracts';
import { arbitraryRecord, fieldJson } from './arbitrary-records';

/** A file of a source: most of its records are sound and written alike. */
export interface WrittenFile {
	readonly format: 'ndjson' | 'csv';
	/** A line each. */
	readonly records: readonly string[];
	/** The header of CSV. */
	readonly header: string;
}

/** How a value is written: its text, and in JSON whether it has quotes. */
interface FieldStyle {
	readonly name: string;
	readonly isQuoted: boolean;
	/** The arbitrary text of a sound value. */
	readonly text: fc.Arbitrary<string>;
	/** The text where there is no value; undefined if not even the name is written. */
	readonly none: string | undefined;
	readonly isRequired: boolean;
}

const cents = fc.oneof(fc.integer({ min: 0, max: 99_999 }), fc.constantFrom(0, 5, 10, 100, 999_999_999_999));
const moneyStyles = [
	cents.map((n) => (n / 100).toFixed(2)),
	cents.map((n) => String(n / 100)),
	cents.map((n) => String(Math.round(n / 100))),
];
const word = fc.oneof(
	{ weight: 6, arbitrary: fc.string({ unit: fc.constantFrom(...'abcXYZ0189-_ .:/'), minLength: 1, maxLength: 12 }) },
	{ weight: 1, arbitrary: fc.constantFrom('été', '日本', 'naïve café', 'x', 'true', 'null', '1e5', '{a', 'infinity') },
);
const wholeNumber = fc.oneof(
	fc.integer({ min: 1, max: 9 }),
	fc.integer({ min: 1, max: 2 ** 31 - 1 }),
	fc.constantFrom(2 ** 31 - 1, 0),
);
const id = fc.oneof(wholeNumber.map(String), fc.constantFrom('9007199254740993', '12345678901234567890123'));

const twoDigits = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
const dayText = fc.integer({ min: 1, max: 21 }).map((n) => `2026-11-${String(n).padStart(2, '0')}`);
function instants(space: string, digits: number, offset: string): fc.Arbitrary<string> {
	const fraction = fc.integer({ min: 0, max: 10 ** digits - 1 }).map((n) => `.${String(n).padStart(digits, '0')}`);
	return fc
		.tuple(dayText, twoDigits(23), twoDigits(59), twoDigits(59), digits === 0 ? fc.constant('') : fraction)
		.map(([day, hour, minute, second, rest]) => `${day}${space}${hour}:${minute}:${second}${rest}${offset}`);
}
const instantStyle = fc
	.tuple(fc.constantFrom('T', ' '), fc.constantFrom(0, 3, 6), fc.constantFrom('Z', '+00:00', ''))
	.map((style) => instants(...style));
const epochStyle = fc.constantFrom(
	fc.integer({ min: 0, max: 1_795_000_000 }).map(String),
	fc.integer({ min: 100_000_000_000, max: 1_795_000_000_000 }).map(String),
);

/** How a source may write a field, as an arbitrary of the texts of its values; `isNumber` says that JSON may leave out the quotes. */
function valueStyle({ type, oneOf }: Field): fc.Arbitrary<{ text: fc.Arbitrary<string>; isNumber: boolean }> {
	const always = (text: fc.Arbitrary<string>, isNumber = false) => fc.constant({ text, isNumber });
	if (oneOf) return always(fc.constantFrom(...oneOf));
	const times = instantStyle.map((text) => ({ text, isNumber: false }));
	switch (type) {
		case 'string':
			return fc.constantFrom({ text: word, isNumber: false }, { text: id, isNumber: true });
		case 'date':
			return fc.oneof(always(dayText), times);
		case 'timestamp':
			return fc.oneof(
				times,
				always(dayText),
				epochStyle.map((text) => ({ text, isNumber: true })),
			);
		case 'decimal(12,2)':
			return fc.constantFrom(...moneyStyles).map((text) => ({ text, isNumber: true }));
		case 'double':
			return always(
				fc.oneof(fc.double({ min: 0, max: 5, noNaN: true }), fc.integer({ min: 0, max: 5 })).map(String),
				true,
			);
		default:
			return always(wholeNumber.map(String), true);
	}
}

const fieldStyle = (name: string, field: Field): fc.Arbitrary<FieldStyle> =>
	fc
		.tuple(valueStyle(field), fc.boolean(), fc.constantFrom('null', undefined))
		.map(([{ text, isNumber }, isQuoted, none]) => ({
			...{ name, text, none, isQuoted: isQuoted || !isNumber, isRequired: field.required },
		}));

/** A way to write the records of a dataset: the fields in some order, perhaps without the optional ones. */
const fileStyle = (dataset: ProductDataset) => {
	const fields = Object.entries<Field>(datasets[dataset].fields);
	return fc.record({
		format: fc.constantFrom<'ndjson' | 'csv'>('ndjson', 'ndjson', 'csv'),
		comma: fc.constantFrom(',', ', '),
		colon: fc.constantFrom(':', ': '),
		fields: fc
			.tuple(
				fc.tuple(...fields.map(([name, field]) => fieldStyle(name, field))),
				fc.shuffledSubarray(fields, { minLength: fields.length }),
				fc.boolean(),
			)
			.map(([styles, order, hasAll]) =>
				order
					.filter(([, { required }]) => required || hasAll)
					.map(([own]) => styles.find(({ name }) => name === own) as FieldStyle),
			),
	});
};
type FileStyle = ReturnType<typeof fileStyle> extends fc.Arbitrary<infer T> ? T : never;

/** A sound record as the file writes it. */
function soundRecord({ format, comma, colon, fields }: FileStyle): fc.Arbitrary<string> {
	const values = fields.map(({ text, isRequired }) =>
		isRequired ? text : fc.option(text, { freq: 3, nil: undefined }),
	);
	return fc.tuple(...values).map((texts) => {
		if (format === 'csv') return texts.map((text) => text ?? '').join(',');
		const members = fields.flatMap(({ name, isQuoted, none }, place) => {
			const text = texts[place];
			const json = text === undefined ? none : isQuoted ? JSON.stringify(text) : text;
			return json === undefined ? [] : [`${JSON.stringify(name)}${colon}${json}`];
		});
		return `{${members.join(comma)}}`;
	});
}

/** Characters that mean something to a reader of numbers, times, JSON or CSV. A quote in CSV could swallow the records after it. */
const unusual = [...' ,:.-+eE0159TZ{}ntx', '\u0000', '\t', '\u001a', '\u007f', '\u0085', '\u00a0', '\ufeff', 'é'];
const oddCharacters = { ndjson: [...unusual, '"', '\\', '[', ']'], csv: [...unusual, '\\'] };
const anywhere = fc.nat({ max: 1000 });

/** A text with a few characters removed, added or replaced, none of which ends a line. */
const misspelt = (record: fc.Arbitrary<string>, characters: readonly string[]): fc.Arbitrary<string> =>
	fc
		.tuple(
			record,
			fc.array(fc.tuple(anywhere, fc.nat({ max: 1 }), fc.constantFrom('', ...characters)), {
				minLength: 1,
				maxLength: 2,
			}),
		)
		.map(([text, edits]) =>
			edits.reduce((edited, [where, removed, added]) => {
				const place = where % (edited.length + 1);
				return edited.slice(0, place) + added + edited.slice(place + removed);
			}, text),
		);

/** A record of the file's form but for one value: any JSON, or of CSV any text. */
function withOddValue(style: FileStyle, dataset: ProductDataset): fc.Arbitrary<string> {
	const changed = fc.constantFrom(...style.fields).chain((field) => {
		const json = fieldJson(datasets[dataset].fields[field.name as never]);
		const text = style.format === 'csv' ? json.map(csvValue) : json;
		return soundRecord({
			...style,
			fields: style.fields.map((one) => (one === field ? { ...one, text, isQuoted: false, isRequired: true } : one)),
		});
	});
	return changed;
}

/** A JSON value's text as CSV has it. */
function csvValue(json: string): string {
	const value: unknown = JSON.parse(json);
	// A file holds no half of a surrogate pair.
	const text = Buffer.from(typeof value === 'string' ? value.replace(/[\r\n]/g, ' ') : json).toString();
	return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Files of a dataset whose records are mostly sound. */
export const writtenFile = (dataset: ProductDataset, size: number): fc.Arbitrary<WrittenFile> =>
	fileStyle(dataset).chain((style) => {
		const sound = soundRecord(style);
		const misspeltRecord = misspelt(sound, oddCharacters[style.format]);
		const other = style.format === 'csv' ? misspeltRecord : arbitraryRecord(dataset);
		const record = fc.oneof(
			{ weight: 16, arbitrary: sound },
			{ weight: 2, arbitrary: misspeltRecord },
			{ weight: 2, arbitrary: withOddValue(style, dataset) },
			{ weight: 1, arbitrary: other },
		);
		return fc.array(record, { minLength: size, maxLength: size }).map((records) => ({
			format: style.format,
			records,
			header: style.fields.map(({ name }) => name).join(','),
		}));
	});
