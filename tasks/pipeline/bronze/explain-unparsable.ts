import { literal } from '../../platform/duckdb/quote';

/** The message about a line that is not an NDJSON record, where nothing is known about what it is instead. */
const notAnObject = 'the line is not a JSON object';

const several = `${notAnObject} but several: write each on a line of its own, as \`jq -c . FILE\` does`;
const list = `${notAnObject} but a list, or a part of one: write each of its objects on a line of its own, as \`jq -c '.[]' FILE\` does`;
const part = `${notAnObject} but a part of one: write each object on a single line, as \`jq -c . FILE\` does`;

/** SQL of why a line is not a record; `raw` is SQL of its text, which is not one JSON object. */
export function explainUnparsableSql(raw: string): string {
	return `case
		when regexp_matches(${raw}, '^\\s*([{}\\]]\\s*,?\\s*$|"([^"\\\\]|\\\\.)*"\\s*:)') then ${literal(part)}
		when regexp_matches(${raw}, '^\\s*\\[|\\}\\s*,\\s*$') then ${literal(list)}
		when regexp_matches(${raw}, '^\\s*\\{.*\\}\\s*\\{', 's') then ${literal(several)}
		else ${literal(notAnObject)} end`;
}
