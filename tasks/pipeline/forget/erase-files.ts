import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { streams } from '../../contracts';
import type { DuckDbEngine } from '../../engine';
import { type Lake, prefixes, type StoredVersion } from '../../lake';
import { longestLine } from '../../lake/bronze-files';
import { groupByKey } from '../../lake/purge';
import { literal } from '../../platform/duckdb/quote';
import { DecodeError, GzipError, MarkError, peek } from '../../platform/lines';
import { separatedTextSql } from '../bronze';
import { eraseText, type FileMatches, matchFailedRecord } from './erase-text';
import { matchRecord, mentions, type Person } from './person';

/** What was, or would be, erased under one prefix. */
export interface ErasedFiles {
	readonly where: string;
	/** Versions that were searched. */
	readonly searched: number;
	readonly records: number;
	readonly rewritten: number;
	/** Objects that were deleted whole, and versions of others. */
	readonly deleted: number;
	readonly versions: number;
	readonly near: number;
}

/** An object that still has the person. */
export interface LeftObject {
	readonly key: string;
	readonly reason: string;
}

/** Copies that others can make again: they are deleted whole. */
const derived: readonly string[] = [prefixes.refused, prefixes.reports];
/** What lies beside the lake's own files, and belongs to those who sent it. */
const searchedPrefixes: readonly string[] = [
	...[prefixes.landing, prefixes.incoming, prefixes.processed, prefixes.rejected, prefixes.processingFailed],
	...Object.values(streams).map(({ prefix }) => prefix),
	...derived,
];

export interface FileSearch {
	readonly person: Person;
	readonly dryRun: boolean;
	/** Whether all records of a file are in Bronze, so that the file itself is not needed any more. */
	readonly isInBronze: (key: string, bytes: number) => boolean;
}

/**
 * Erases a person from the files beside the lake's own, all their versions included: landing, the file drop, delivered
 * objects of the streams, rejected records of refused batches, reports. A text with a record a line is rewritten; a file of
 * another format is deleted if its records are in Bronze, and left if not.
 */
export async function eraseFiles(
	engine: DuckDbEngine,
	lake: Lake,
	search: FileSearch,
): Promise<{ files: ErasedFiles[]; left: LeftObject[] }> {
	const files: ErasedFiles[] = [];
	const left: LeftObject[] = [];
	const isDropUnderWay = await hasObjects(lake, `${prefixes.incoming}_batches/`, `${prefixes.incoming}pipeline.lock`);
	for (const prefix of searchedPrefixes) {
		const counts = { where: prefix, searched: 0, records: 0, rewritten: 0, deleted: 0, versions: 0, near: 0 };
		for await (const versions of groupByKey(lake.store.listAllVersions(prefix))) {
			const object = new ErasableObject(engine, lake, search, versions);
			const found = await object.search();
			counts.searched += found.searched;
			counts.records += found.records;
			counts.near += found.near;
			const [{ key }] = versions as [StoredVersion];
			if (found.isUnreadable) left.push({ key, reason: 'it is damaged, so it can’t be searched to its end' });
			if (mentions(search.person, key)) left.push({ key, reason: 'its key has the id' });
			if (found.records === 0) continue;
			if (prefix === prefixes.incoming && isDropUnderWay) {
				left.push({ key, reason: 'a batch of the file drop is under way: run this again when it is done' });
				continue;
			}
			const done = await object.erase();
			counts.rewritten += done.rewritten;
			counts.deleted += done.deleted;
			counts.versions += done.versions;
			if (done.left) left.push({ key, reason: done.left });
		}
		if (counts.records > 0 || counts.near > 0) files.push(counts);
	}
	return { files, left };
}

async function hasObjects(lake: Lake, ...within: readonly string[]): Promise<boolean> {
	for (const prefix of within) for await (const _ of lake.store.list(prefix)) return true;
	return false;
}

/** An object with all its versions. */
class ErasableObject {
	/** The versions with records of the person, newest first. */
	private readonly own: StoredVersion[] = [];
	/** The newest version without them, in scratch; undefined if it can't be rewritten. */
	private rewritten: string | undefined;
	/** Bytes of the newest version, decompressed. */
	private bytes = 0;

	constructor(
		private readonly engine: DuckDbEngine,
		private readonly lake: Lake,
		private readonly options: FileSearch,
		private readonly versions: readonly StoredVersion[],
	) {}

	async search(): Promise<{ searched: number; records: number; near: number; isUnreadable: boolean }> {
		const counts = { searched: 0, records: 0, near: 0, isUnreadable: false };
		for (const version of this.versions) {
			if (version.isDeleteMarker || version.key.endsWith('/')) continue;
			const path = join(this.engine.scratch, version.isNewest ? 'rewritten' : 'rewritten-earlier');
			const found = await this.searchVersion(version, path).catch((error: unknown) => {
				if (!(error instanceof GzipError || error instanceof DecodeError || error instanceof MarkError)) throw error;
				counts.isUnreadable ||= version.isNewest;
				return none;
			});
			if (version.isNewest) this.bytes = found.bytes;
			counts.searched++;
			counts.near += found.near;
			const records = found.records + found.mentions;
			counts.records += records;
			if (records === 0) continue;
			this.own.push(version);
			if (version.isNewest && found.isRewritten) this.rewritten = path;
		}
		return counts;
	}

	async erase(): Promise<{ rewritten: number; deleted: number; versions: number; left?: string }> {
		const [newest] = this.own;
		const { key } = this.versions[0] as StoredVersion;
		const { store } = this.lake;
		const { dryRun, isInBronze } = this.options;
		if (!newest?.isNewest) {
			if (!dryRun) await this.deleteForGood(this.own);
			return { rewritten: 0, deleted: 0, versions: this.own.length };
		}
		const isDerived = derived.some((prefix) => key.startsWith(prefix));
		if (this.rewritten !== undefined && !isDerived) {
			if (!dryRun) {
				await store.upload(this.rewritten, key);
				await this.deleteForGood(this.own);
			}
			return { rewritten: 1, deleted: 0, versions: this.own.length };
		}
		if (isDerived || isInBronze(key, this.bytes)) {
			// An earlier version without the person must not take the place of the newest one.
			if (!dryRun) await this.deleteForGood(this.versions);
			return { rewritten: 0, deleted: 1, versions: this.versions.length };
		}
		const earlier = this.own.slice(1);
		if (!dryRun) await this.deleteForGood(earlier);
		const left =
			'its format can’t be rewritten, and its records are not in Bronze: ingest it, or delete it, then run this again';
		return { rewritten: 0, deleted: 0, versions: earlier.length, left };
	}

	/** Deletes versions, and the delete markers of a key of which nothing else is left; oldest first. */
	private async deleteForGood(versions: readonly StoredVersion[]): Promise<void> {
		const left = this.versions.filter((version) => !versions.includes(version));
		const markers = this.rewritten === undefined && left.every(({ isDeleteMarker }) => isDeleteMarker) ? left : [];
		await this.lake.store.deleteVersions([...versions, ...markers].reverse());
	}

	private async searchVersion({ key, version, bytes }: StoredVersion, path: string): Promise<FileMatches> {
		const { person } = this.options;
		const { start, content } = await peek(await this.lake.store.read(key, version), 4);
		const magic = start.toString('latin1');
		if (magic.startsWith('PAR1')) return { ...(await this.searchCopy(content, 'parquet', parquetTexts)), bytes };
		if (magic.startsWith('(\xb5/\xfd')) return { ...(await this.searchCopy(content, 'ndjson.zst', lineTexts)), bytes };
		if (magic.startsWith('PK'))
			return { ...(await searchWorkbook(person, await buffer(Readable.from(content)))), bytes };
		if (key.startsWith(prefixes.reports)) {
			const text = (await buffer(Readable.from(content))).toString();
			// The page can be made again.
			return { ...none, records: mentions(person, text) ? 1 : 0 };
		}
		return eraseText(
			content,
			person,
			path,
			key.startsWith(prefixes.processingFailed) ? matchFailedRecord : matchRecord,
		);
	}

	private async searchCopy(
		content: AsyncIterable<Buffer>,
		extension: string,
		texts: (path: string) => string,
	): Promise<FileMatches> {
		// DuckDB caches what it reads by path, so no two copies share one.
		const path = join(this.engine.scratch, `searched-${randomUUID()}.${extension}`);
		await pipeline(content, createWriteStream(path));
		return this.matchTexts(texts(path)).finally(() => rm(path, { force: true }));
	}

	private async matchTexts(sql: string): Promise<FileMatches> {
		const { person } = this.options;
		const counts = { ...none, records: 0, mentions: 0, near: 0 };
		const { rows } = await this.engine.duckdb.stream(sql, {});
		for await (const chunk of rows) {
			for (const [text] of chunk) {
				const match = matchRecord(person, String(text));
				if (match === 'own') counts.records++;
				if (match === 'mention') counts.mentions++;
				if (match === 'near') counts.near++;
			}
		}
		return counts;
	}
}

/** SQL of the rows of a Parquet file as JSON. */
const parquetTexts = (path: string): string =>
	`select cast(to_json(t) as varchar) as text from read_parquet(${literal(path)}, hive_partitioning = false) as t`;

/** SQL of the texts of rejected records. */
const lineTexts = (path: string): string =>
	`select coalesce(json_extract_string(line, '$.raw'), line) as text from ${separatedTextSql(path, { line: 'varchar' }, longestLine)}`;

const none: FileMatches = { records: 0, mentions: 0, near: 0, isRewritten: false, bytes: 0 };

async function searchWorkbook(person: Person, workbook: Buffer): Promise<FileMatches> {
	const { readXlsx } = await import('hucre/xlsx');
	try {
		const { sheets } = await readXlsx(workbook);
		const found = { ...none, records: 0, near: 0 };
		for (const { rows } of sheets) {
			const [header = [], ...records] = rows;
			for (const row of records) {
				const fields = Object.fromEntries(row.map((value, place) => [String(header[place] ?? place), value]));
				const match = matchRecord(person, JSON.stringify(fields));
				if (match === 'own' || match === 'mention') found.records++;
				if (match === 'near') found.near++;
			}
		}
		return found;
	} catch {
		return none;
	}
}
