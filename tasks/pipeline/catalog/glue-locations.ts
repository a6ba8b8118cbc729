import type { TaskContext } from '../../context';
import { definitions } from './definition';
import { GlueCatalog } from './glue-catalog';

/** The folders of the lake's bucket (keys, with a trailing slash) that tables and partitions in Glue point to. */
export async function listGlueLocations({ aws, config }: TaskContext): Promise<string[]> {
	const catalog = new GlueCatalog(await aws.glue(), config.database);
	const known = new Set(definitions.map(({ name }) => name));
	// A project's tables count whether or not it still has them.
	const found = await catalog.readTables({ has: (name) => known.has(name) || name.startsWith('gold_') });
	const root = `s3://${config.bucket}/`;
	return [...found.values()]
		.flatMap(({ location, partitions }) => [location, ...[...partitions.values()].map(({ location }) => location)])
		.flatMap((location) => (location.startsWith(root) ? [location.slice(root.length)] : []));
}
