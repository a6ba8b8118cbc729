import { basename } from 'node:path';
import type { Contracts, Dataset, DatasetName, Field } from '../../contracts';
import { matchesPattern, type SqlSource } from '../../sources';

/** What a file may be: a dataset, or a relation of a preset. */
export interface Match {
	readonly kind: 'dataset' | 'preset';
	readonly name: string;
	/** Of a preset: the relation, and its title. */
	readonly relation?: string;
	readonly title?: string;
	/** Whether the file has all of its required columns, and a name that it takes. */
	readonly fits: boolean;
	/** The required columns that the file has, and those that it lacks. */
	readonly has: readonly string[];
	readonly lacks: readonly string[];
	/** The names that the preset takes, if the file's is not one of them. */
	readonly expects_name?: readonly string[];
}

/**
 * What a file is by its columns and its name: the best match, which may be one that lacks something; undefined if none has any
 * column, or one that differs by upper and lower case only.
 */
export function matchFile(
	path: string,
	columns: readonly string[],
	named: DatasetName | undefined,
	{ datasets }: Contracts,
	presets: readonly SqlSource[],
): Match | undefined {
	const matches = [
		...Object.values(datasets).map((dataset) => matchDataset(dataset, columns)),
		...matchPresets(path, columns, presets),
	];
	const similar = new Set(columns.map((name) => name.toLowerCase()));
	const share = ({ has, lacks }: Match) => {
		const near = lacks.filter((name) => similar.has(name.toLowerCase()));
		return (has.length + near.length) / (has.length + lacks.length);
	};
	const [best] = matches
		.filter((match) => share(match) > 0)
		.sort(
			(a, b) =>
				Number(b.fits) - Number(a.fits) ||
				Number(b.name === named) - Number(a.name === named) ||
				(a.fits ? b.has.length - a.has.length : share(b) - share(a)),
		);
	return best;
}

/** How far a file is of a dataset. */
export function matchDataset({ name, fields: contract }: Dataset, columns: readonly string[]): Match {
	const fields = Object.entries<Field>(contract);
	const required = fields.flatMap(([field, { required }]) => (required ? [field] : []));
	return { kind: 'dataset', name, ...compare(required, columns) };
}

const matchPresets = (path: string, columns: readonly string[], presets: readonly SqlSource[]): Match[] =>
	presets.flatMap(({ name, settings: { title, files } }) =>
		Object.entries(files).map(([relation, { match, columns: required }]): Match => {
			const compared = compare(required, columns);
			const isNamed = match.some((pattern) => matchesPattern(basename(path), pattern));
			const own = { kind: 'preset', name, relation, title } as const;
			return isNamed ? { ...own, ...compared } : { ...own, ...compared, fits: false, expects_name: match };
		}),
	);

function compare(required: readonly string[], columns: readonly string[]): Pick<Match, 'fits' | 'has' | 'lacks'> {
	const has = required.filter((name) => columns.includes(name));
	const lacks = required.filter((name) => !columns.includes(name));
	return { fits: lacks.length === 0, has, lacks };
}
