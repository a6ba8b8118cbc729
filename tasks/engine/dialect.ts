import type { SqlType } from '../contracts';
import { duckdbType } from '../lake/partitions';
import { literal } from '../platform/duckdb/quote';
import { localTimeSql } from '../platform/duckdb/zone-sql';
import { utc } from '../platform/time-zone';
import type { EngineName } from './names';

/** The type of a column: one of the contracts', or what `hash` gives. */
export type ColumnType = SqlType | 'hash';

/** A column of rows that a run keeps for itself. */
export interface Column {
	readonly name: string;
	readonly type: ColumnType;
}

/** What engines can't spell alike. */
export interface Dialect {
	readonly name: EngineName;
	/** How a common table expression begins that is not to be copied. */
	readonly inline: string;
	/** The type of a column. */
	readonly type: (type: ColumnType) => string;
	/** SQL of a hash of values, valid within one run only; equal values have equal hashes. */
	readonly hash: (values: readonly string[]) => string;
	/** SQL of 63 bits of the MD5 of a text, as bigint. They are stored: every engine gives the same number. */
	readonly stableHash: (text: string) => string;
	/** SQL of the local time of an instant (a timestamp in UTC) in a zone. */
	readonly localTime: (timeZone: string, instant: string) => string;
}

export const duckdb: Dialect = {
	name: 'duckdb',
	// DuckDB would copy an input that is read twice.
	inline: 'as not materialized',
	type: (type) => (type === 'hash' ? 'ubigint' : duckdbType(type)),
	hash: (values) => `hash(${values.join(', ')})`,
	stableHash: (text) => `cast(md5_number_lower(${text}) >> 1 as bigint)`,
	localTime: localTimeSql,
};

export const athena: Dialect = {
	name: 'athena',
	inline: 'as',
	type: (type) => athenaTypes[type] ?? type,
	hash: (values) => `from_big_endian_64(xxhash64(to_utf8(${textOfRow(values)})))`,
	// DuckDB takes the last eight bytes of the digest, the lowest first.
	stableHash: (text) => `bitwise_right_shift(from_big_endian_64(reverse(substr(md5(to_utf8(${text})), 9, 8))), 1)`,
	localTime: (timeZone, instant) =>
		timeZone === utc
			? instant
			: `cast(at_timezone(with_timezone(${instant}, 'UTC'), ${literal(timeZone)}) as timestamp(6))`,
};

/** Types that Athena spells otherwise. Without a precision, a timestamp has milliseconds. */
const athenaTypes: Readonly<Partial<Record<ColumnType, string>>> = {
	string: 'varchar',
	timestamp: 'timestamp(6)',
	hash: 'bigint',
};

/** SQL of one text for the values of a row; other values give another text. */
export const textOfRow = (values: readonly string[]): string =>
	values.map((value) => `coalesce('v' || cast(${value} as varchar), 'n')`).join(' || chr(31) || ');
