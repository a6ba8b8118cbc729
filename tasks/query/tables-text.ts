import { tableText } from '../platform/table-text';
import type { ListedTable } from './list-tables';

/** The tables as text for a person. */
export const tablesText = (listed: readonly ListedTable[]): string =>
	tableText(
		listed.map(({ name, rows, partitions, newest, bytes, description }) => ({
			name,
			rows,
			partitions,
			newest,
			size: bytes === null ? null : sizeText(bytes),
			description,
		})),
	);

/** Bytes in the largest unit of a thousand that keeps them at 1 or more: `12.3 MB`. */
export function sizeText(bytes: number): string {
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
	return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
}
