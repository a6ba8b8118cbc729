import { defineTask } from './define-task';

export const crawl = defineTask({
	command: 'crawl',
	describe: 'Make the Glue catalogue agree with the lake',
	about: [
		"Creates and updates the database's tables (Silver, Gold, Bronze, live orders) by the contracts, and points each partition to its current version, so that Athena reads the newest head. What somebody else changed there is reported as drift and repaired. Files from before a change of contract are reported as drift of kind `footer`, and stay until `rebuild` rewrites them; a change of contract that current files can't be read by is refused (exit 65).",
		'With --crawler it starts an AWS Glue crawler instead, and waits until that is done.',
		'',
		'Reads: the newest head, its manifests, Parquet footers. Writes: Glue tables and partitions.',
		'Returns: head, tables, partitions, removed, drift.',
	].join('\n'),
	options: {
		crawler: {
			type: 'string',
			mayBeEmpty: true,
			describe: 'Run this AWS Glue crawler; without a name the one over the landing zone',
		},
		drift: {
			type: 'boolean',
			default: false,
			describe: 'Inspect all current files (and copies for emulators), not only what is new',
		},
	},
	run: async (context, { crawler, drift, dryRun }) => {
		const catalog = await import('../pipeline/catalog');
		return crawler === undefined
			? catalog.crawl(context, { dryRun, drift })
			: catalog.runAwsCrawler(context, { name: crawler, dryRun });
	},
});
