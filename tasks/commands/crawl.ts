import { defineTask } from './define-task';

export const crawl = defineTask({
	command: 'crawl',
	keepsCosts: true,
	describe: 'Sync the Glue catalogue with the newest head of the lake',
	about: [
		'Creates and updates the tables of the database (Silver, Gold, Bronze, live orders) from the contracts. Publishes Silver and Gold as Iceberg tables, with a snapshot for each head that changed a table and a tag head-N for each head, and points each partition of Bronze to its current version, so that Athena and other engines read the newest head.',
		'Anything that somebody else changed in the catalogue is reported as drift and repaired. Files written under an older contract are reported as drift of kind `footer`, and stay until `rebuild` rewrites them. A contract change under which current files can no longer be read is refused (exit code 65).',
		'With --crawler it starts an AWS Glue crawler instead, and waits until the crawler has finished.',
		'Reads: the heads since the last crawl, their manifests, Parquet footers. Writes: Glue tables and partitions, Iceberg metadata.',
		'Returns: head, tables, partitions, removed, drift.',
	].join('\n\n'),
	options: {
		crawler: {
			type: 'string',
			mayBeEmpty: true,
			describe: 'Run this AWS Glue crawler instead; without a name, the one over the landing zone',
		},
		drift: {
			type: 'boolean',
			default: false,
			describe: 'Compare all current files, Iceberg metadata and the copies for emulators, not only what is new',
		},
	},
	run: async (context, { crawler, drift, dryRun }) => {
		const catalog = await import('../pipeline/catalog');
		return crawler === undefined
			? catalog.crawl(context, { dryRun, drift })
			: catalog.runAwsCrawler(context, { name: crawler, dryRun });
	},
});
