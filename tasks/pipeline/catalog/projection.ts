import type { LiveTable } from '../../contracts';

/**
 * Parameters by which Athena and Trino compute a table's partitions instead of looking them up; the template is relative
 * to the table's location. The column is text: a projected value is what `format` writes, and neither engine promises to
 * read `2026/11/20` as a `date` (Trino 476 refuses to).
 */
export type Projection = Readonly<Record<string, string>>;

const template = 'storage.location.template';
const enabled = 'projection.enabled';
/** Before the first delivery; a query without a date lists the prefix of every day since. */
const firstDay = '2026/01/01';

/** One partition a day, from a fixed day to today. */
export function dailyProjection({ partition: { column } }: LiveTable): Projection {
	return {
		[enabled]: 'true',
		[`projection.${column}.type`]: 'date',
		[`projection.${column}.format`]: 'yyyy/MM/dd',
		[`projection.${column}.range`]: `${firstDay},NOW`,
		[`projection.${column}.interval`]: '1',
		[`projection.${column}.interval.unit`]: 'DAYS',
		[template]: `\${${column}}/`,
	};
}

/** A projection as table parameters. */
export const projectionParameters = (projection: Projection, location: string): Record<string, string> => ({
	...projection,
	[template]: `${location}${projection[template]}`,
});

/** The projection in a table's parameters; undefined where it has none. */
export function parseProjection(
	parameters: Readonly<Record<string, string>>,
	location: string,
): Projection | undefined {
	const own = Object.entries(parameters).filter(([name]) => isProjectionParameter(name));
	if (own.length === 0) return undefined;
	return Object.fromEntries(
		own.map(([name, value]) => [name, name === template ? value.replace(location, '') : value]),
	);
}

export const isProjectionParameter = (name: string): boolean => name.startsWith('projection.') || name === template;
