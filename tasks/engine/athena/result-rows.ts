import type { ResultPages } from '../../platform/athena';
import type { Row } from '../../platform/duckdb/duckdb';
import { timestampText } from '../../platform/timestamp-text';

/** All rows of a result, with values as DuckDB gives them. */
export async function readRows({ columns, pages }: ResultPages): Promise<Row[]> {
	const rows: Row[] = [];
	for await (const page of pages) {
		for (const values of page) {
			rows.push(
				Object.fromEntries(columns.map(({ name, type }, index) => [name, readValue(values[index] ?? null, type)])),
			);
		}
	}
	return rows;
}

function readValue(text: string | null, type: string): Row[string] {
	if (text === null) return null;
	if (type === 'boolean') return text === 'true';
	if (/^(tinyint|smallint|int|integer|double|float|real)$/.test(type)) return Number(text);
	return type.startsWith('timestamp') ? timestampText(text) : text;
}
