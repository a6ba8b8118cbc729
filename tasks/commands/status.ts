import type { PlannedStep, StatusRow } from '../pipeline';
import { tableText } from '../platform/table-text';
import { defineTask } from './define-task';
import { intervalOptions, parseInterval } from './interval';
import { warnOfOutdatedBatches } from './outdated-batches';

export const status = defineTask({
	command: 'status',
	describe: 'Show by date what is missing, stale or current, and why',
	about:
		'Shows every date that the lake knows, or those from --from to --to. --history lists the heads that `rollback` can restore. Reads: the newest head. Writes: nothing. Returns: head, rows; with --history heads.',
	options: {
		...intervalOptions,
		history: { type: 'boolean', default: false, describe: 'List the heads instead' },
	},
	run: async (context, args) => {
		const lake = await context.lake();
		if (args.history) {
			const heads = (await lake.history()).map(({ number, created_at, task, run_id, restored }) => ({
				head: number,
				created_at,
				task: restored === undefined ? task : `${task} to ${restored}`,
				run_id,
			}));
			return { status: 'done', head: heads.at(-1)?.head ?? 0, heads };
		}
		const { listOutdatedBatches, reportStatus } = await import('../pipeline');
		const newest = await lake.newest();
		warnOfOutdatedBatches(context, listOutdatedBatches(await newest.ledger(), lake));
		const rows = await reportStatus(context, newest, parseInterval(args));
		const { currency } = (await context.project()).config;
		const { number: head, time_zone } = newest.head;
		return { status: 'done', head, rows, ...(currency ? { currency } : {}), ...(time_zone ? { time_zone } : {}) };
	},
	show: ({ rows, heads, head }) => {
		const table = (rows ?? heads) as readonly (StatusRow & Record<string, unknown>)[];
		if (table.length === 0) return "The lake is empty. Start with 'shoplake run --date 2026-11-20'.";
		return `Head ${head}\n\n${tableText(table)}`;
	},
});

export const plan = defineTask({
	command: 'plan',
	describe: 'Show what clean, aggregate and load-kpis would do now',
	about:
		'Lists the work of each step, with the reason, and does none of it. Reads: the newest head. Writes: nothing. Returns: head, steps: task, on (what it would work on), reason. Batches that withdraw or rollback left out are not planned.',
	options: {},
	run: async (context) => {
		const { listOutdatedBatches, planSteps } = await import('../pipeline');
		const lake = await context.lake();
		const newest = await lake.newest();
		warnOfOutdatedBatches(context, listOutdatedBatches(await newest.ledger(), lake));
		return { status: 'planned', head: newest.head.number, steps: await planSteps(context, newest) };
	},
	show: ({ steps }) => {
		const planned = steps as readonly (PlannedStep & Record<string, unknown>)[];
		return planned.length === 0 ? 'Nothing to do: everything is current.' : tableText(planned);
	},
});
