import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Numeral, type SourceFile, type SourceRecord, type Value } from './model';

/**
 * Writes the files of a batch under a folder of their source each; what their names end in says how.
 * @returns the sources in their order on the command line.
 */
export async function writeSources(folder: string, files: readonly SourceFile[]): Promise<string[]> {
	const sources = [...new Set(files.map(({ source }) => source))].sort((a, b) => a - b);
	for (const { source, path, records } of files) {
		const target = join(folder, `source-${source}`, path);
		await mkdir(dirname(target), { recursive: true });
		const text = /\.csv(\.gz)?$/.test(path) ? csvText(records) : records.map(recordLine).join('\n').concat('\n');
		await writeFile(target, path.endsWith('.gz') ? gzipSync(text) : text);
	}
	return sources.map((source) => join(folder, `source-${source}`));
}

/** A record as one line of NDJSON, its numbers spelt as the source spelt them. */
export function recordLine(record: SourceRecord): string {
	if (typeof record === 'string') return record;
	const fields = Object.entries(record).map(([name, value]) => `${JSON.stringify(name)}:${toJson(value)}`);
	return `{${fields.join(',')}}`;
}

const toJson = (value: Value): string => (value instanceof Numeral ? value.text : JSON.stringify(value));

/** Records as CSV with a header of all their fields; an absent value is an empty one. */
export function csvText(records: readonly SourceRecord[]): string {
	const objects = records.filter((record) => typeof record !== 'string');
	const names = [...new Set(objects.flatMap((record) => Object.keys(record)))];
	const cell = (value: Value | undefined) => {
		const text = value == null ? '' : value instanceof Numeral ? value.text : String(value);
		return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	};
	const rows = objects.map((record) => names.map((name) => cell(record[name])).join(','));
	return `${[names.join(','), ...rows].join('\n')}\n`;
}
