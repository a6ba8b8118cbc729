/**
 * Shows what `ingest`, `clean` and `aggregate` spend by statement. A store in memory stands in for S3, so the figures hold no
 * network; another batch than the first finds the lake that the ones before it left.
 *
 *   npm run profile -- FOLDER… [--most 12]
 *
 * Each folder has the source files of one batch. Prints Markdown: CPU seconds of the whole process, which statements that run
 * side by side share.
 */
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBConnection } from '@duckdb/node-api';
import { createContext, type TaskContext } from '../tasks/context';
import { ingestBatch } from '../tasks/pipeline/bronze';
import { aggregate } from '../tasks/pipeline/gold';
import { clean } from '../tasks/pipeline/silver';
import { noProject } from '../tasks/project';
import { MemoryStore } from '../test/support/memory-store';
import { machine, markdownTable } from './support/figures';

const { values: flags, positionals: folders } = parseArgs({
	allowPositionals: true,
	options: { most: { type: 'string', default: '12' } },
});
const store = new MemoryStore({});
const env = {
	SHOPLAKE_BUCKET: 'lake',
	SHOPLAKE_MEMORY: process.env.SHOPLAKE_MEMORY ?? '2GiB',
	SHOPLAKE_THREADS: process.env.SHOPLAKE_THREADS ?? '2',
};

interface Spent {
	times: number;
	seconds: number;
	cpuSeconds: number;
}
let spent = new Map<string, Spent>();
recordStatements();

console.log(machine());
for (const folder of folders) {
	const batch = basename(resolve(folder));
	const options = { batch, sources: [folder], maxRejected: 0.05 };
	await measure(`\`ingest\` of ${batch}`, (context) => ingestBatch(context, options));
	await measure(`\`clean\` of ${batch}`, (context) => clean(context, { batches: [batch] }));
	await measure('`aggregate`', (context) => aggregate(context, { kind: 'all' }));
}

/** Does one step in a context of its own, and prints its statements, dearest first. */
async function measure(title: string, step: (context: TaskContext) => Promise<unknown>): Promise<void> {
	spent = new Map();
	const stop = startWatch();
	const { context, dispose } = createContext({
		...{ task: 'profile', verbose: false, env, project: noProject, openStore: () => store },
		signal: new AbortController().signal,
	});
	try {
		await step(context);
	} finally {
		await dispose();
	}
	const { seconds, cpuSeconds } = stop();
	const statements = [...spent].sort(([, a], [, b]) => b.cpuSeconds - a.cpuSeconds);
	const all = statements.reduce((sum, [, { cpuSeconds }]) => sum + cpuSeconds, 0);
	const rows = statements.slice(0, Number(flags.most)).map(([statement, { times, ...watch }]) => ({
		'CPU seconds': watch.cpuSeconds.toFixed(2),
		seconds: watch.seconds.toFixed(2),
		times,
		statement: `\`${statement.replaceAll('|', '\\|')}\``,
	}));
	console.log(
		`\n${title}: ${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s, of which ${all.toFixed(1)} during statements\n\n${markdownTable(rows)}`,
	);
}

/** Starts a watch; the function that it returns reads it. */
function startWatch(): () => { seconds: number; cpuSeconds: number } {
	const [cpu, at] = [process.cpuUsage(), performance.now()];
	return () => {
		const { user, system } = process.cpuUsage(cpu);
		return { seconds: (performance.now() - at) / 1000, cpuSeconds: (user + system) / 1e6 };
	};
}

/** Makes DuckDB's connections record what their statements take; `runAndReadAll` runs them by `run`. */
function recordStatements(): void {
	const { run } = DuckDBConnection.prototype;
	DuckDBConnection.prototype.run = async function (this: DuckDBConnection, sql, ...more) {
		const stop = startWatch();
		try {
			return await run.call(this, sql, ...more);
		} finally {
			add(sql, stop());
		}
	};
}

function add(sql: string, { seconds, cpuSeconds }: { seconds: number; cpuSeconds: number }): void {
	const statement = sql
		.replace(/^--.*$/gm, '')
		.replace(/\s+/g, ' ')
		.replace(/[0-9a-f]{8,}|\d+/g, 'N')
		.trim()
		.slice(0, 110);
	const entry = spent.get(statement) ?? { times: 0, seconds: 0, cpuSeconds: 0 };
	entry.times++;
	entry.seconds += seconds;
	entry.cpuSeconds += cpuSeconds;
	spent.set(statement, entry);
}
