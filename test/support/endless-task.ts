/** A task that keeps DuckDB working without end, for tests of signals. Run by `node --import tsx`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { performTask } from '../../tasks/commands/perform-task';

await performTask(
	{
		command: 'endless',
		run: async (context) => {
			if (process.argv[2] === 'unshowable') return { status: 'done' };
			const duckdb = await context.duckdb();
			// Said once the statement has begun: nothing else happens in between.
			setImmediate(() => context.log.info('working'));
			if (process.argv[2] === 'held') await context.hold(sleep(60_000));
			await duckdb.rows('select sum(hash(a.range + b.range)) as sum from range(1000000) a, range(100000) b');
			return { status: 'done' };
		},
		show: () => {
			throw new Error('this outcome was not thought of');
		},
	},
	{ json: false, verbose: false },
);
