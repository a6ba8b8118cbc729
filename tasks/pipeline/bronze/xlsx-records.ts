import { type NumberedRecord, numberedLine } from './chunk-writer';
import { checkedHeader } from './csv-records';
import type { SourceFile } from './find-files';
import { type UnreadableFileError, unreadableFile } from './unreadable-file';
import { type CellValue, cellName, readCell } from './xlsx-cells';

/** Longest workbook, in bytes: all of it is in memory, packed. */
const longestWorkbook = 256 * 1024 ** 2;

/** Records written at a time. */
const recordsPerStep = 1000;

interface SheetRow {
	/** From 0. */
	readonly index: number;
	readonly values: readonly (CellValue | undefined)[];
}

/** A sheet of a workbook, with the columns of its header. */
export interface Sheet {
	readonly name: string;
	readonly columns: readonly string[];
	/** The rows behind the header. */
	readonly rows: AsyncIterable<SheetRow>;
}

/**
 * Opens the sheet that is named, or else the first one whose header has the required columns. The first row that is not
 * empty is a sheet's header. Throws DataRefusedError.
 */
export async function openSheet(
	file: SourceFile,
	content: AsyncIterable<Buffer>,
	required: readonly string[],
): Promise<Sheet> {
	const workbook = await readWorkbook(file, content);
	// Few batches have a workbook.
	const { readXlsx, streamXlsxRows } = await import('hucre/xlsx');
	try {
		const names: string[] = [];
		await readXlsx(workbook, {
			sheets: (sheet) => {
				if (sheet.name === file.sheet || !(sheet.hidden || sheet.veryHidden)) names.push(sheet.name);
				return false;
			},
		});
		const readRows = (sheet: string) => explain(file, streamXlsxRows(workbook, { sheet }) as AsyncGenerator<SheetRow>);
		const { name, header } = await chooseSheet(file, names, required, readRows);
		const columns = checkedHeader(file, readNames(header), required, '').names;
		return { name, columns, rows: behind(header, readRows(name)) };
	} catch (error) {
		throw unreadableWorkbook(file, error);
	}
}

async function readWorkbook(file: SourceFile, content: AsyncIterable<Buffer>): Promise<Buffer> {
	const pieces: Buffer[] = [];
	let bytes = 0;
	for await (const piece of content) {
		pieces.push(piece);
		bytes += piece.length;
		if (bytes > longestWorkbook) {
			throw unreadableFile(
				file,
				`is a workbook of more than ${longestWorkbook / 1024 ** 2} MiB. Save the sheet as CSV`,
			);
		}
	}
	if (bytes === 0) throw unreadableFile(file, 'is empty. Send the file again, or leave it out');
	return Buffer.concat(pieces);
}

async function chooseSheet(
	file: SourceFile,
	names: readonly string[],
	required: readonly string[],
	readRows: (sheet: string) => AsyncIterable<SheetRow>,
): Promise<{ readonly name: string; readonly header: SheetRow }> {
	if (file.sheet !== undefined && !names.includes(file.sheet)) {
		throw unreadableFile(
			file,
			`has no sheet '${file.sheet}'; it has ${names.join(', ')}. Name one of them with --sheet`,
		);
	}
	let first: { readonly name: string; readonly header: SheetRow } | undefined;
	for (const name of file.sheet === undefined ? names : [file.sheet]) {
		const header = await readHeader(readRows(name));
		if (!header) continue;
		first ??= { name, header };
		const found = readNames(header);
		if (required.every((column) => found.includes(column))) return { name, header };
	}
	if (first) return first;
	throw unreadableFile(file, 'has no sheet with a header. Send the file again, or leave it out');
}

async function readHeader(rows: AsyncIterable<SheetRow>): Promise<SheetRow | undefined> {
	for await (const row of rows) if (!isBlank(row)) return row;
	return undefined;
}

const isBlank = ({ values }: SheetRow): boolean =>
	values.every((value) => value === null || value === undefined || (typeof value === 'string' && value.trim() === ''));

/** The names in a header, up to the last one. */
function readNames({ values }: SheetRow): string[] {
	const names = values.map((value) => (value === null || value === undefined ? '' : String(value).trim()));
	return names.slice(0, names.findLastIndex((name) => name !== '') + 1);
}

async function* behind(header: SheetRow, rows: AsyncIterable<SheetRow>): AsyncGenerator<SheetRow> {
	for await (const row of rows) if (row.index > header.index && !isBlank(row)) yield row;
}

/** The records of a sheet as lines of a numbered chunk, some at a time; a record's line is its row. */
export async function* readSheetRecords({ columns, rows }: Sheet): AsyncGenerator<string> {
	let lines: string[] = [];
	for await (const row of rows) {
		lines.push(numberedLine(toRecord(row, columns)));
		if (lines.length < recordsPerStep) continue;
		yield lines.join('');
		lines = [];
	}
	yield lines.join('');
}

function toRecord({ index, values }: SheetRow, columns: readonly string[]): NumberedRecord {
	let fault: string | undefined;
	const members = values.flatMap((value, column) => {
		const cell = readCell(value);
		if (!cell) return [];
		if (cell.fault) fault ??= `cell ${cellName(index, column)} holds ${cell.fault}`;
		// A cell beside the header has its place: nothing is lost, and nothing is shifted.
		return [`${JSON.stringify(columns[column] ?? `column_${column + 1}`)}:${cell.json}`];
	});
	const raw = `{${members.join(',')}}`;
	return fault === undefined ? { line: index + 1, raw, json: raw } : { line: index + 1, raw, fault };
}

async function* explain(file: SourceFile, rows: AsyncIterable<SheetRow>): AsyncGenerator<SheetRow> {
	try {
		yield* rows;
	} catch (error) {
		throw unreadableWorkbook(file, error);
	}
}

/** The error for a workbook that can't be read; any other error as it is. */
function unreadableWorkbook(file: SourceFile, error: unknown): unknown {
	const { name, message } = error as Error;
	if (name === 'EncryptedFileError')
		return notAWorkbook(file, 'is encrypted, or an old .xls file. Save it as .xlsx without a password');
	const isKnown = ['ParseError', 'ZipError', 'UnsupportedFormatError', 'HucreError', 'XmlError'].includes(name);
	return isKnown ? notAWorkbook(file, `is not a valid xlsx file (${message}). Save it again, or as CSV`) : error;
}

const notAWorkbook = (file: SourceFile, why: string): UnreadableFileError => unreadableFile(file, why);
