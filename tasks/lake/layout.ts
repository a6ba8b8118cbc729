/** Where the files lie that a manifest names. */
export const filePrefixes = [
	'bronze/',
	'quarantine/',
	'silver/',
	'records/',
	'orphans/',
	'keys/',
	'gold/',
	'internal/',
	'serving/',
] as const;

/** Where `mirrorFolder`s lie. */
export const mirrorRoot = 'current/';

/**
 * A copy of the current version of every partition in plain Hive folders, `current/<table>/<column>=<value>/`: for
 * engines that read what lies under a table's location and know nothing of registered partitions, as MiniStack's
 * Athena does. Where none is kept the folder is empty, and AWS never looks into it.
 */
export const mirrorFolder = (table: string): string => `${mirrorRoot}${table}/`;
