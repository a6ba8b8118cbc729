import type { TaskContext } from '../../context';
import { definitions } from './definition';
import { GlueCatalog } from './glue-catalog';

/** The folders of the lake's bucket (keys, with a trailing slash) that tables and partitions in Glue point to. */
export async function listGlueLocations({ aws, config }: TaskContext): Promise<string[]> {
	const catalog = new GlueCatalog(await aws.glue(), config.database);
	const found = await catalog.readTables(new Set(definitions.map(({ name }) => name)));
	const root = `s3://${config.bucket}/`;
	return [...found.values()]
		.flatMap(({ location, partitions }) => [location, ...[...partitions.values()].map(({ location }) => location)])
		.flatMap((location) => (location.startsWith(root) ? [location.slice(root.length)] : []));
}
