import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Delimiter } from '../../platform/csv';
import type { JsonLayout } from '../../platform/json-document';
import { decodeText, decompress, GzipError, tap, utf8 } from '../../platform/lines';
import { ChunkWriter, numberSeparator } from './chunk-writer';
import { type CsvPiece, readCsvPieces } from './csv-records';
import type { SourceFile } from './find-files';
import { findLayout, readJsonRecords } from './json-records';
import { explainDecoding, measureLines, readTextBlocks, unreadableGzip } from './text-blocks';
import { unreadableFile } from './unreadable-file';
import { openSheet, readSheetRecords } from './xlsx-records';

/** Bytes of lines written at a time. */
const writeBytes = 1024 ** 2;
/** Bytes of CSV parsed per step; all records of a step are in memory at once. */
const csvStepBytes = 256 * 1024;

export { numberSeparator } from './chunk-writer';

/**
 * A piece of a source in scratch, ready for the rules.
 * `lines`: one JSON object a line, the first being line `firstLine` of the file. `delimited`: a record a line, which delimiters
 * alone divide into the values of the columns of `header`; as before, the first is line `firstLine`, and blank ones are no
 * records. `numbered`: the line's number, its JSON object, its own text as a JSON string, and why it can't be parsed, where
 * there is no object; with separators between. No line has more bytes than `longestLine`, empty lines before it included.
 * `parquet`: the whole file as it came.
 */
export type StagedChunk =
	| {
			readonly path: string;
			readonly kind: 'lines' | 'numbered';
			readonly firstLine: number;
			readonly longestLine: number;
	  }
	| {
			readonly path: string;
			readonly kind: 'delimited';
			readonly header: readonly string[];
			readonly delimiter: Delimiter;
			readonly firstLine: number;
			readonly longestLine: number;
	  }
	| { readonly path: string; readonly kind: 'parquet' };

/** What a source file turned out to be. */
export interface StagedFile {
	/** SHA-256 of its bytes, decompressed. */
	readonly digest: string;
	/** Its bytes, decompressed. */
	readonly bytes: number;
	/** Of CSV, its header as it came, in UTF-8. */
	readonly header: string | undefined;
	/** How it was read, where that is not the usual way: UTF-8, commas, a record a line. */
	readonly readAs: ReadAs;
}

/** How a file was read, so far as that is not the usual way. */
export interface ReadAs {
	/** Of a text. */
	readonly encoding?: string;
	/** Of CSV. */
	readonly delimiter?: Delimiter;
	/** Of JSON: values over any lines or in a list, or a list that is the one member of an object. */
	readonly layout?: Exclude<JsonLayout, 'lines'>;
	/** Of a workbook: the name of its sheet. */
	readonly sheet?: string;
}

/** What reading a file gave, beside its chunks. */
interface FileContent {
	readonly header?: string | undefined;
	readonly readAs?: ReadAs;
}

/** Where and how a file is staged. */
export interface StagingPlace {
	/** Where the chunks are left. */
	readonly folder: string;
	/** The columns that the header of a table has to have. */
	readonly columns: readonly string[];
	/** Text of a chunk, in bytes. */
	readonly chunkBytes: number;
}

/**
 * Reads a source file once, from start to end, in bounded memory; yields its chunks, and returns its size and digest.
 * Throws DataRefusedError, with the file's name, where it can't be read at all.
 */
export async function* stage(file: SourceFile, place: StagingPlace): AsyncGenerator<StagedChunk, StagedFile> {
	await mkdir(place.folder, { recursive: true });
	const hash = createHash('sha256');
	let bytes = 0;
	const content = tap(decompress(await file.open(), file.gzip), (piece) => {
		hash.update(piece);
		bytes += piece.length;
	});
	const { header, readAs = {} } = yield* stageContent(file, content, place);
	if (bytes === 0) throw unreadableFile(file, 'is empty. Send the file again, or leave it out');
	return { digest: hash.digest('hex'), bytes, header, readAs };
}

async function* stageContent(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	place: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	if (file.format === 'parquet') return yield* stageParquet(file, content, place);
	if (file.format === 'xlsx') return yield* stageXlsx(file, content, place);
	try {
		const text = await decodeText(content, file.encoding);
		const kinds = { ndjson: stageJson, csv: stageCsv };
		const read = yield* kinds[file.format](file, text.content, place);
		return text.encoding === utf8 ? read : { ...read, readAs: { encoding: text.encoding, ...read.readAs } };
	} catch (error) {
		throw explainDecoding(file, error);
	}
}

async function* stageJson(
	file: SourceFile,
	source: AsyncIterable<Buffer>,
	place: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	const { layout, content } = await findLayout(file, source);
	if (layout === 'lines') return yield* stageLines(file, content, place);
	yield* stageNumbered(readJsonRecords(file, { layout, content }), place);
	return { readAs: { layout } };
}

/** Writes lines of numbered chunks, some at a time. */
async function* stageNumbered(
	texts: AsyncIterable<string>,
	{ folder, chunkBytes }: StagingPlace,
): AsyncGenerator<StagedChunk, void> {
	const chunks = new ChunkWriter(folder, chunkBytes);
	for await (const text of texts) {
		if (text === '') continue;
		const lines = Buffer.from(text);
		await chunks.append(lines, { longestLine: measureLines(lines).longest });
		if (chunks.isFull) yield { ...chunks.finish(), kind: 'numbered' };
	}
	if (!chunks.isEmpty) yield { ...chunks.finish(), kind: 'numbered' };
}

async function* stageLines(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder, chunkBytes }: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	const chunks = new ChunkWriter(folder, chunkBytes);
	for await (const block of readTextBlocks(file, content, writeBytes)) {
		await chunks.append(withoutSeparators(block.lines), block);
		if (chunks.isFull) yield { ...chunks.finish(), kind: 'lines' };
	}
	if (!chunks.isEmpty) yield { ...chunks.finish(), kind: 'lines' };
	return {};
}

/** Replaces the separator, which is no part of a JSON text. */
const withoutSeparators = (lines: Buffer): Buffer =>
	lines.includes(numberSeparator)
		? Buffer.from(lines.toString('latin1').replaceAll(numberSeparator, '\x1a'), 'latin1')
		: lines;

async function* stageCsv(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder, columns, chunkBytes }: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	const writers = {
		delimited: new ChunkWriter(folder, chunkBytes, 'delimited'),
		numbered: new ChunkWriter(folder, chunkBytes, 'numbered'),
	};
	const formats = new Map<CsvPiece['format']['kind'], CsvPiece['format']>();
	let header: string | undefined;
	let delimiter: Delimiter = ',';
	for await (const piece of readCsvPieces(file, readTextBlocks(file, content, csvStepBytes), columns)) {
		const { format } = piece;
		({ header, delimiter } = piece);
		formats.set(format.kind, format);
		const chunks = writers[format.kind];
		if (piece.isBlank && chunks.isEmpty) continue;
		await chunks.append(piece.lines, piece);
		if (chunks.isFull) yield { ...chunks.finish(), ...format };
	}
	for (const format of formats.values()) {
		const chunks = writers[format.kind];
		if (!chunks.isEmpty) yield { ...chunks.finish(), ...format };
	}
	return { header, readAs: delimiter === ',' ? {} : { delimiter } };
}

async function* stageXlsx(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	place: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	const sheet = await openSheet(file, content, place.columns);
	yield* stageNumbered(readSheetRecords(sheet), place);
	return { readAs: { sheet: sheet.name } };
}

async function* stageParquet(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	{ folder }: StagingPlace,
): AsyncGenerator<StagedChunk, FileContent> {
	const path = join(folder, 'source.parquet');
	await pipeline(content, createWriteStream(path)).catch((error) => {
		throw error instanceof GzipError ? unreadableGzip(file, error) : error;
	});
	yield { path, kind: 'parquet' };
	return {};
}
