import { UsageError } from '../platform/errors';
import { defineTask } from './define-task';
import { engineOptions, parseEngine } from './engine-flags';
import { checkDataset, datasetOfBatch } from './ingest-flags';
import { intervalOptions, parseInterval } from './interval';
import { warnOfOutdatedBatches } from './outdated-batches';

export const withdraw = defineTask({
	command: 'withdraw',
	keepsCosts: true,
	describe: 'Remove a batch from Silver, as if it had never been admitted',
	about:
		'Removes the records of the batch from Silver, so that the older versions of their keys count again. The batch stays in Bronze, and `clean --batch` admits it again. If its Bronze files are lost or damaged, the lake forgets the batch. Reads: Bronze, Silver. Writes: Silver, the version history and the orphans, in one commit. Returns: head, batch, datasets, forgotten, partitions. Gold follows with `aggregate`.',
	options: {
		batch: { type: 'string', demandOption: true, describe: 'The batch to remove' },
		dataset: datasetOfBatch,
	},
	run: async (context, { batch, dataset: given, dryRun }) => {
		const dataset = await checkDataset(context, given);
		const { withdraw } = await import('../pipeline/silver');
		return withdraw(context, { batch, dryRun, ...(dataset ? { dataset } : {}) });
	},
});

export const rebuild = defineTask({
	command: 'rebuild',
	keepsCosts: true,
	describe: 'Recompute Silver and Gold from the admitted batches in Bronze',
	about:
		'Recomputes all dates, or those from --from to --to, and replaces the partitions that differ from the result or whose files are lost or damaged. Publishes nothing if everything is correct. Also restores lost records of sealed streams and of what is loaded into DynamoDB. Reads: all admitted batches. Writes: Silver and Gold. With --retype it first types all batches in Bronze again whose contract has changed since. Returns: head, partitions, restored_tables, retyped_batches. Exit code 65 if Bronze itself is damaged. With --engine athena, Athena computes the tables, and the result also has engine, statements and scanned_bytes.',
	options: {
		...intervalOptions,
		...engineOptions,
		retype: {
			type: 'boolean',
			default: false,
			describe: 'Type batches of earlier contracts again, from the texts of their records, and admit them',
		},
	},
	run: async (context, args) => {
		const [{ rebuild, retype }, { withEngine }, { restoreServingTables }, { restoreStreamTables }] = await Promise.all([
			import('../pipeline'),
			import('../pipeline/with-engine'),
			import('../pipeline/serving'),
			import('../streams'),
		]);
		const [interval, choice] = [parseInterval(args), parseEngine(args)];
		const compute = (dryRun: boolean) =>
			withEngine(context, choice, (openEngine) => rebuild(context, interval, { dryRun, openEngine }));
		const outdated = await retype(context, { dryRun: args.dryRun || !args.retype });
		const retyped = args.retype ? { retyped_batches: outdated } : {};
		if (!args.retype) warnOfOutdatedBatches(context, outdated);
		const lake = await context.lake();
		if (args.dryRun) {
			const newest = await lake.newest();
			// What the batches are computed to depends on the zone that types them.
			if (args.retype && lake.isInOtherTimeZone(newest)) {
				return { status: 'planned', head: newest.head.number, time_zone: lake.timeZone, ...retyped };
			}
			return { ...(await compute(true)), ...retyped };
		}
		const restored = await restoreStreamTables(context);
		const outcome = await compute(false);
		// What is loaded into DynamoDB is derived from files of Gold, which has to be intact first.
		restored.push(...(await restoreServingTables(context.step('rebuild'))));
		return {
			...outcome,
			...retyped,
			...(restored.length > 0 ? { restored_tables: restored } : {}),
			...(restored.length > 0 || retyped.retyped_batches?.length ? { status: 'published' } : {}),
		};
	},
});

export const rollback = defineTask({
	command: 'rollback',
	keepsCosts: true,
	describe: 'Restore the whole lake to an earlier head',
	about:
		'Publishes a new head with the content of head N; nothing is deleted. Batches admitted since then are left out: `status` shows them as missing, and `clean --batch` admits them again. It also works if the newest head is lost or damaged. Reads: head N (`status --history` lists the heads). Writes: a head. Returns: head (the new one), restored (N). Glue and DynamoDB follow with `crawl` and `load-kpis`.',
	options: {
		to: {
			type: 'number',
			integer: [1, 9_999_999_999],
			demandOption: true,
			describe: 'The number of the head to restore',
		},
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
	keepsCosts: true,
	describe: 'Delete files that no retained head references',
	about:
		'Deletes files that were superseded, were written and never committed, were kept of a refused batch (lake_refused), or were left by a run on Athena (_scratch/), more than --older-than ago (at least 12h). Files that Glue or the Iceberg metadata of the retention period reference are kept. Ages are measured by the clock of S3; if this machine’s clock differs by more than five minutes, nothing is deleted (exit code 78). Older heads can’t be restored afterwards. Tables that a run on Athena left in its scratch database are dropped by the same age. Returns: deleted_files, deleted_bytes, oldest_kept (head), dropped_tables.',
	options: {
		'older-than': {
			type: 'string',
			describe: "The retention period: days (7d) or hours (36h); by default the project's setting, else 7d",
		},
	},
	run: async (context, args) => {
		const [{ vacuum }, { dropOldScratchTables, listGlueLocations }] = await Promise.all([
			import('../lake'),
			import('../pipeline/catalog'),
		]);
		const { dryRun } = args;
		const graceMs = parseAge(args['older-than'] ?? (await context.project()).config.retention ?? '7d');
		const alsoKept = await listGlueLocations(context);
		const lake = await context.lake();
		const { oldestKept, files, bytes, unreadable } = await vacuum(lake, context.run, { graceMs, alsoKept, dryRun });
		const tables = await dropOldScratchTables(context, { graceMs, dryRun });
		if (unreadable.length > 0) {
			context.log.warn(
				`${unreadable.length} heads or manifests can't be read, such as ${unreadable[0]}: files that they may reference are kept. 'shoplake verify' lists them, and how to fix each.`,
			);
		}
		const status = dryRun ? 'planned' : files + tables > 0 ? 'published' : 'unchanged';
		const outcome = {
			status,
			deleted_files: files,
			deleted_bytes: bytes,
			oldest_kept: oldestKept,
			...(tables > 0 ? { dropped_tables: tables } : {}),
		};
		return unreadable.length > 0 ? { ...outcome, unreadable } : outcome;
	},
});

/** Milliseconds from `7d` or `36h`; throws UsageError. */
function parseAge(text: string): number {
	const [, number, unit] = /^(\d+)([dh])$/.exec(text.trim()) ?? [];
	if (number === undefined)
		throw new UsageError(`--older-than '${text}' is not a duration: write days (7d) or hours (36h).`);
	return Number(number) * (unit === 'd' ? 24 : 1) * 3600_000;
}
