import type { TaskContext } from '../../context';
import { prefixes } from '../../lake';
import { definitions } from './definition';
import { GlueCatalog } from './glue-catalog';

/**
 * The folders of the lake's bucket (keys, with a trailing slash) that tables and partitions in Glue point to, and the keys of
 * the Iceberg metadata files that tables name. The folder of an Iceberg table itself is not among them.
 */
export async function listGlueLocations({ aws, config }: TaskContext): Promise<string[]> {
	const catalog = new GlueCatalog(await aws.glue(), config.database);
	const known = new Set(definitions.map(({ name }) => name));
	// Tables and datasets of a project count whether or not it is here, and still has them.
	const found = await catalog.readTables({ has: (name) => known.has(name) || /^(bronze|silver|gold)_/.test(name) });
	const root = `s3://${config.bucket}/`;
	return [...found.values()]
		.flatMap(({ location, metadataLocation, partitions }) => [
			location,
			metadataLocation ?? '',
			...[...partitions.values()].map((partition) => partition.location),
		])
		.flatMap((location) => (location.startsWith(root) ? [location.slice(root.length)] : []))
		.filter((key) => !key.startsWith(prefixes.iceberg) || !key.endsWith('/'));
}
