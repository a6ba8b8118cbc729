import { datasetNames } from '../contracts';
import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { checkedInterval, intervalOptions } from './interval';

export const withdraw = defineTask({
	command: 'withdraw',
	describe: 'Take a batch out of Silver, as if it had never been admitted',
	about:
		'Writes Silver, the record sets and the orphans as one commit; the batch stays in Bronze, and `clean --batch` admits it again. A batch whose Bronze is lost or damaged is forgotten. Gold follows with `aggregate`.',
	options: {
		batch: { type: 'string', demandOption: true, describe: 'The batch to take out' },
		dataset: { choices: datasetNames, describe: 'Only this dataset of the batch' },
	},
	run: async (context, { batch, dataset, dryRun }) =>
		(await import('../pipeline/silver')).withdraw(context, { batch, dryRun, ...(dataset ? { dataset } : {}) }),
});

export const rebuild = defineTask({
	command: 'rebuild',
	describe: 'Make Silver and Gold of some dates afresh from the admitted batches in Bronze',
	about:
		'Reads all admitted batches. Replaces partitions that come out otherwise than they are, or whose files are lost or damaged; publishes nothing where all is as it should be. Notes on sealed streams and on what lies in DynamoDB that are lost are put back, too. Ends with 65 where Bronze itself is damaged.',
	options: intervalOptions,
	run: async (context, args) => {
		const [{ rebuild }, { restoreServing }, { restoreStreamTables }] = await Promise.all([
			import('../pipeline'),
			import('../pipeline/serving'),
			import('../streams'),
		]);
		const interval = checkedInterval(args);
		if (args.dryRun) return rebuild(context, interval, { dryRun: true });
		const restored = await restoreStreamTables(context);
		const outcome = await rebuild(context, interval);
		// What lies in DynamoDB is told by files of Gold, which has to be intact first.
		if (await restoreServing(context.step('rebuild'))) restored.push('serving_kpis');
		return { ...outcome, ...(restored.length > 0 ? { status: 'published', restored_tables: restored } : {}) };
	},
});

export const rollback = defineTask({
	command: 'rollback',
	describe: 'Put the whole lake back to the state of an earlier head',
	about:
		'Adds a head with the content of head N; nothing is deleted. Batches admitted since then are left out: `status` shows them as missing, and `clean --batch` admits them again. `status --history` lists the heads. Works also where the newest head is lost or damaged. Glue and DynamoDB follow with `crawl` and `load-kpis`.',
	options: {
		to: { type: 'number', whole: [1, 9_999_999_999], demandOption: true, describe: 'The number of the head' },
	},
	run: async (context, { to, dryRun }) => {
		const [{ rollback }, { servingTable }, { streamTables }] = await Promise.all([
			import('../lake'),
			import('../pipeline/serving'),
			import('../streams'),
		]);
		const lake = await context.lake();
		if (dryRun) return { status: 'planned', head: (await lake.at(to, { evenIfDamaged: true })).head.number };
		const { head } = await rollback(lake, context.run, to, [servingTable, ...streamTables]);
		return { status: 'published', head: head.number, restored: to };
	},
});

export const vacuum = defineTask({
	command: 'vacuum',
	describe: 'Delete files that no kept head names any more',
	about:
		'Deletes what was superseded, or written and never committed, or kept of a batch that was refused (lake_refused), longer ago than the grace (12 hours at least). What Glue still names is kept. Ages go by the time of S3; where this machine’s clock differs by more than five minutes, nothing is deleted (exit code 78). Heads older than the grace can’t be gone back to afterwards.',
	options: { 'older-than': { type: 'string', default: '7d', describe: 'The grace: days (7d) or hours (36h)' } },
	run: async (context, args) => {
		const [{ vacuum }, { locationsInGlue }] = await Promise.all([import('../lake'), import('../pipeline/catalog')]);
		const { oldestKept, files, bytes, unreadable } = await vacuum(await context.lake(), context.run, {
			graceMs: parseAge(args['older-than']),
			alsoKept: await locationsInGlue(context),
			dryRun: args.dryRun,
		});
		if (unreadable.length > 0) {
			context.log.warn(
				`${unreadable.length} heads or manifests can't be read, such as ${unreadable[0]}: the files that they may name are kept. 'shoplake verify' lists them, and how to fix each.`,
			);
		}
		const status = args.dryRun ? 'planned' : files > 0 ? 'published' : 'unchanged';
		const outcome = { status, deleted_files: files, deleted_bytes: bytes, oldest_kept: oldestKept };
		return unreadable.length > 0 ? { ...outcome, unreadable } : outcome;
	},
});

/** Milliseconds of `7d` or `36h`; throws UsageError. */
function parseAge(text: string): number {
	const [, number, unit] = /^(\d+)([dh])$/.exec(text.trim()) ?? [];
	if (number === undefined)
		throw new UsageError(`--older-than '${text}' is no duration: write days (7d) or hours (36h).`);
	return Number(number) * (unit === 'd' ? 24 : 1) * 3600_000;
}
