import { digestOf } from '../../engine';
import { shortDigest } from '../../platform/short-digest';
import type { ProjectGoldTable } from '../../project';

/** A digest of what decides the rows of a project's table, besides its inputs. */
export const ownDigest = (
	{ sql, table }: Pick<ProjectGoldTable, 'sql' | 'table'>,
	statements: Readonly<Record<string, string>>,
): string =>
	shortDigest(JSON.stringify([digestOf(sql, statements), table.columns.map(({ name, type }) => [name, type])]));
