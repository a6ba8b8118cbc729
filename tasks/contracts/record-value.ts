import { quoteNonFinite } from './number-text';

/** Types whose JSON is exact; all others go through their own text. */
const exactInJson = /^(U?(TINY|SMALL|BIG)?INT(EGER)?|BOOLEAN|VARCHAR)$/;
/** Types of values with values in them: a list, an array, a structure, a map, one of several kinds. */
const nested = /(^(STRUCT|MAP|UNION)\(.*\)|\])$/s;

/** SQL of a value as a record's JSON has it; `value` is SQL of the column, `type` its type as DuckDB spells it. */
export function recordValue(value: string, type: string): string {
	// JSON has no NaN and no infinity: they stay as words.
	if (/^(FLOAT|DOUBLE)$/.test(type)) {
		return `case when isfinite(${value}) then to_json(${value}) else to_json(cast(${value} as varchar)) end`;
	}
	// Nor has the JSON of nested values that hold such numbers.
	if (nested.test(type)) return `cast(${quoteNonFinite(`cast(to_json(${value}) as varchar)`)} as json)`;
	// An id may be typed as a decimal, and trailing zeros of an amount mean nothing.
	if (/^DECIMAL\(\d+,[1-9]/.test(type)) return `regexp_replace(cast(${value} as varchar), '\\.?0+$', '')`;
	// Some writers don't mark text columns as text.
	if (type === 'BLOB') return `coalesce(try(decode(${value})), cast(${value} as varchar))`;
	return exactInJson.test(type) ? value : `cast(${value} as varchar)`;
}
