import { join } from 'node:path';
import type { DuckDbEngine, Relation } from '../../engine';
import { longestLine } from '../../lake/bronze-files';
import { parquetOptions } from '../../lake/write-partitions';
import { addCounts } from '../../platform/counts';
import { identifier, literal } from '../../platform/duckdb/quote';
import { separatedTextSql } from '../bronze';
import type { KnownSources } from './live-batches';
import { matchExtra, matchRecord, mentions, type Person, redact, spellings } from './person';

/** What was erased from an object, in scratch. */
export interface ErasedObject {
	/** The path of what is left; undefined if nothing is. */
	readonly path: string | undefined;
	readonly rows: number;
	/** Erased records by the place of their source file. */
	readonly erased: Readonly<Record<string, number>>;
	/** Erased records by the rule that rejected them; of Bronze none. */
	readonly rules: Readonly<Record<string, number>>;
	/** Records of others from which a mention was removed. */
	readonly redacted: number;
	/** Records that have the id in another way. */
	readonly near: number;
}

/** How a batch's records are recognised. */
export interface ErasureScope extends KnownSources {
	readonly person: Person;
	/** The person's orders: `order_id`. */
	readonly orders: Relation;
}

/** The temporary tables in which objects are changed. */
const rowTable = 'forget_rows';
const lineTable = 'forget_lines';
/** Lines of an object that are looked at together. */
const linesAtOnce = 20_000;
let written = 0;
const scratchPath = ({ scratch }: DuckDbEngine, extension: string) => join(scratch, `erased-${++written}.${extension}`);

/** An SQL condition for the person's records, also of a project's datasets; undefined for a dataset with neither column. */
function ownCondition(columns: readonly string[], orders: Relation): string | undefined {
	if (columns.includes('user_id')) return 'user_id = $user';
	return columns.includes('order_id') ? `order_id in (select order_id from ${orders.name})` : undefined;
}

/** Erases a person from a Parquet object of Bronze; `path` of the result is undefined if nothing changed, too. */
export async function eraseRows(engine: DuckDbEngine, path: string, scope: ErasureScope): Promise<ErasedObject> {
	const { duckdb } = engine;
	const { person, orders } = scope;
	await duckdb.executeInOrder(
		`create or replace temp table ${rowTable} as from read_parquet(${literal(path)}, hive_partitioning = false)`,
	);
	const erased: Record<string, number> = {};
	const columns = await duckdb.rows(`describe ${rowTable}`);
	const isOwn = ownCondition(
		columns.map(({ column_name }) => String(column_name)),
		orders,
	);
	if (isOwn !== undefined) {
		const values = isOwn.includes('$user') ? { user: person.id } : undefined;
		const counts = await duckdb.rows(
			`select _file, count(*) as n from ${rowTable} where ${isOwn} group by _file`,
			values,
		);
		for (const { _file, n } of counts) erased[String(_file)] = Number(n);
		if (counts.length > 0) await duckdb.execute(`delete from ${rowTable} where ${isOwn}`, values);
	}
	const { redacted, near } = await redactMentions(engine, scope);
	const { n: left } = await duckdb.row(`select count(*) as n from ${rowTable}`);
	const isChanged = Object.keys(erased).length > 0 || redacted > 0;
	const result = isChanged && Number(left) > 0 ? scratchPath(engine, 'parquet') : undefined;
	if (result !== undefined) {
		await duckdb.execute(`copy (select * from ${rowTable} order by rowid) to ${literal(result)} (${parquetOptions})`);
	}
	await duckdb.execute(`drop table ${rowTable}`);
	return { path: result, rows: Number(left), erased, rules: {}, redacted, near };
}

/** Removes mentions of the person from the further fields of other records, and from their texts. */
async function redactMentions(
	{ duckdb }: DuckDbEngine,
	{ person, tableOf }: ErasureScope,
): Promise<Pick<ErasedObject, 'redacted' | 'near'>> {
	const columns = await duckdb.rows(`describe ${rowTable}`);
	const texts = columns.flatMap(({ column_name, column_type }) =>
		column_type === 'VARCHAR' ? [identifier(String(column_name))] : [],
	);
	const wanted = spellings(person.id);
	const values = Object.fromEntries(wanted.map((spelling, place) => [`id${place}`, spelling]));
	const isFound = texts.flatMap((column) => wanted.map((_, place) => `contains(${column}, $id${place})`));
	const found = await duckdb.rows(
		`select rowid as place, _file, _extra, _raw from ${rowTable} where ${isFound.join(' or ')}`,
		values,
	);
	const counts = { redacted: 0, near: 0 };
	for (const { place, _file, _extra, _raw } of found) {
		const table = tableOf(Number(_file));
		const extra = _extra === null ? undefined : String(_extra);
		const raw = _raw === null ? undefined : String(_raw);
		const isMention =
			(extra !== undefined && matchExtra(person, extra) === 'mention') ||
			(raw !== undefined && ['own', 'mention'].includes(matchRecord(person, raw, table) ?? ''));
		if (!isMention) {
			counts.near++;
			continue;
		}
		counts.redacted++;
		await duckdb.execute(
			`update ${rowTable} set _extra = nullif($extra, '{}'), _raw = nullif($raw, '') where rowid = $place`,
			{
				extra: extra === undefined ? '{}' : redact(person, extra),
				raw: raw === undefined ? '' : redact(person, raw, table),
				place: Number(place),
			},
		);
	}
	return counts;
}

/**
 * Erases a person from an object with a JSON object a line: rejected records, whose text is `raw`, or unused rows of an SQL
 * source, whose text is `record`. They are in no table, so a record that only mentions the person is erased, too.
 */
export async function eraseLines(engine: DuckDbEngine, path: string, scope: ErasureScope): Promise<ErasedObject> {
	const { duckdb } = engine;
	await duckdb.executeInOrder(
		`create or replace temp table ${lineTable} as from ${separatedTextSql(path, { line: 'varchar' }, longestLine)}`,
	);
	const { n: all } = await duckdb.row(`select count(*) as n from ${lineTable}`);
	const found: LineMatches = { places: [], erased: {}, rules: {}, near: 0 };
	for (let first = 0; first < Number(all); first += linesAtOnce) {
		const lines = await duckdb.rows(
			`select rowid as place, line from ${lineTable} where rowid >= ${first} and rowid < ${first + linesAtOnce}`,
		);
		for (const { place, line } of lines) matchLine(scope, Number(place), String(line), found);
	}
	const { places, erased, rules, near } = found;
	const left = Number(all) - places.length;
	const result = places.length > 0 && left > 0 ? scratchPath(engine, 'ndjson.zst') : undefined;
	if (result !== undefined) {
		await duckdb.execute(
			`copy (select line from ${lineTable} where rowid not in (${places.join(', ')}) order by rowid) to ${literal(result)}
			 (format csv, header false, quote '', escape '', delimiter e'\\x01', compression zstd)`,
		);
	}
	await duckdb.execute(`drop table ${lineTable}`);
	return { path: result, rows: left, erased, rules, redacted: 0, near };
}

interface LineMatches {
	readonly places: number[];
	readonly erased: Record<string, number>;
	readonly rules: Record<string, number>;
	near: number;
}

function matchLine({ person, tableOf, placeOf }: ErasureScope, place: number, line: string, found: LineMatches): void {
	const { file = '', rule, raw, record } = JSON.parse(line) as Record<string, string | undefined>;
	const source = placeOf(String(file));
	const match = matchRecord(person, raw ?? record ?? '', tableOf(source));
	if (match === 'own' || match === 'mention') {
		found.places.push(place);
		addCounts(found.erased, { [String(source)]: 1 });
		if (rule !== undefined) addCounts(found.rules, { [rule]: 1 });
	} else if (match === 'near' || mentions(person, line)) found.near++;
}
