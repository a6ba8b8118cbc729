import type { TrinoSession } from '../trino/pages';

/** A statement that Athena refuses, or fails for what it says. */
export class StatementRefused extends Error {}

/** A statement of Athena, as Trino runs it. */
export interface Translated {
	readonly sql: string;
	/** Of the session that it runs in. */
	readonly properties: NonNullable<TrinoSession['properties']>;
	/** What a CREATE TABLE AS makes. */
	readonly made?: MadeTable;
}

export interface MadeTable {
	readonly schema: string;
	readonly name: string;
	/** `s3://…/`. */
	readonly location: string;
	readonly isPartitioned: boolean;
}

const createTableAs = /^\s*create\s+table\s+(?:"?(\w+)"?\.)?"?(\w+)"?\s+with\s*\(/i;

/**
 * Translates what Athena writes in another way than Trino: a CREATE TABLE AS of an Iceberg table, which goes into Trino's
 * Iceberg catalogue. Throws StatementRefused where Athena would refuse its properties.
 */
export function translate(sql: string, schema: string): Translated {
	const start = createTableAs.exec(sql);
	if (!start) return { sql, properties: [] };
	const [text, named = schema, name = ''] = start;
	const end = closingBracket(sql, text.length - 1);
	const given = readProperties(sql.slice(text.length, end));
	const made = {
		schema: named,
		name,
		location: textOf(given.location),
		isPartitioned: given.partitioning !== undefined,
	};
	if (textOf(given.table_type).toUpperCase() !== 'ICEBERG') throw new StatementRefused('Only Iceberg tables here.');
	if (given.is_external?.toLowerCase() !== 'false')
		throw new StatementRefused('An Iceberg table needs is_external = false');
	if (!/^s3:\/\/[^/]+\/.+\/$/.test(made.location)) throw new StatementRefused('An Iceberg table needs a location.');
	const kept = { format: given.format, location: given.location, partitioning: given.partitioning };
	const properties = Object.entries(kept).flatMap(([key, value]) => (value ? [`${key} = ${value}`] : []));
	const codec = textOf(given.write_compression ?? "'ZSTD'").toUpperCase();
	return {
		sql: `create table iceberg."${named}"."${name}" with (${properties.join(', ')})${sql.slice(end + 1)}`,
		properties: [`iceberg.compression_codec=${codec}`],
		made,
	};
}

/** The `name = value` pairs between the brackets of WITH. */
function readProperties(text: string): Partial<Record<string, string>> {
	const pairs = text.matchAll(/(\w+)\s*=\s*('(?:[^']|'')*'|array\s*\[[^\]]*\]|[\w.]+)/gi);
	return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name.toLowerCase(), value]));
}

const textOf = (literal = "''"): string => literal.slice(1, -1).replaceAll("''", "'");

/** The position of the bracket that closes the one at `open`. */
function closingBracket(sql: string, open: number): number {
	let depth = 0;
	let isQuoted = false;
	for (let place = open; place < sql.length; place++) {
		const character = sql[place];
		if (character === "'") isQuoted = !isQuoted;
		else if (!isQuoted && character === '(') depth++;
		else if (!isQuoted && character === ')' && --depth === 0) return place;
	}
	throw new StatementRefused(`line 1:${open + 1}: a bracket is not closed`);
}
