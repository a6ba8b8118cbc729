import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TaskContext } from '../../tasks/context';
import type { Engine } from '../../tasks/engine';
import { type ObjectStore, rollback } from '../../tasks/lake';
import { rebuild } from '../../tasks/pipeline';
import { ingestBatch } from '../../tasks/pipeline/bronze';
import { aggregate } from '../../tasks/pipeline/gold';
import { clean, withdraw } from '../../tasks/pipeline/silver';
import { type EngineChoice, withEngine } from '../../tasks/pipeline/with-engine';
import { TryAgainError } from '../../tasks/platform/errors';
import type { Outcome } from '../../tasks/platform/result';
import { inContext } from './context';
import { admit, type Step, type Task } from './histories';
import type { MemoryStore } from './memory-store';
import { Admissions } from './model';
import { writeSources } from './source-files';

/** A task of a history, or one on the lake as a whole. */
export type AnyTask = Task | { readonly do: 'rebuild' } | { readonly do: 'rollback'; readonly to: number };

const firstStart = Date.parse('2026-11-21T06:00:00.000Z');
const minuteMs = 60_000;

/** When the tasks of a step begin. Two consecutive steps share their instant, so that as-ofs tie. */
export const stepStart = (step: number): string => new Date(firstStart + Math.floor(step / 2) * minuteMs).toISOString();

/** Performs one task on a store as a process of its own would; returns its outcome's status. */
export async function perform(store: ObjectStore, task: AnyTask, startedAt: string): Promise<string> {
	return (await performOn(store, task, startedAt, { engine: 'duckdb' })).status;
}

/** The same with an engine; returns the outcome. */
export function performOn(
	store: ObjectStore,
	task: AnyTask,
	startedAt: string,
	choice: EngineChoice,
	signal = new AbortController().signal,
): Promise<Outcome> {
	const options = { store, task: task.do, clock: () => new Date(startedAt), signal };
	return inContext(options, (context) =>
		withEngine(context, choice, (openEngine) => performTask(context, task, openEngine)),
	);
}

async function performTask(context: TaskContext, task: AnyTask, openEngine: () => Promise<Engine>): Promise<Outcome> {
	switch (task.do) {
		case 'clean':
			return clean(context, { batches: task.batches }, { openEngine });
		case 'withdraw':
			return withdraw(context, { batch: task.batch });
		case 'aggregate':
			return aggregate(context, task.scope ?? { kind: 'all' }, { openEngine });
		case 'rebuild':
			return rebuild(context, undefined, { openEngine });
		case 'rollback':
			await rollback(await context.lake(), context.run, task.to, []);
			return { status: 'published' };
	}
	const { batch, asOf } = task;
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-sources-'));
	try {
		const sources = await writeSources(folder, Object.values(task.datasets).flat());
		return await ingestBatch(context, { batch, sources, maxRejected: 1, ...(asOf ? { asOf } : {}) });
	} finally {
		await rm(folder, { recursive: true });
	}
}

/**
 * Performs the steps of a history on an empty store. Of two tasks side by side, the second does all of its work just
 * before the first commits. `after` is called with what the lake has admitted after each step.
 * @returns what the lake has admitted in the end
 */
export async function performHistory(
	store: MemoryStore,
	history: readonly Step[],
	after: (admissions: Admissions) => Promise<void> = async () => undefined,
): Promise<Admissions> {
	const admissions = new Admissions();
	for (const [number, step] of history.entries()) {
		const startedAt = stepStart(number);
		const tasks = step.do === 'together' ? await performTogether(store, step, startedAt) : [step];
		if (step.do !== 'together') await perform(store, step, startedAt);
		for (const task of tasks) admit(admissions, task, startedAt);
		await after(admissions);
	}
	return admissions;
}

/** Returns the tasks in the order in which they took effect. */
async function performTogether(
	store: MemoryStore,
	{ first, second }: Extract<Step, { do: 'together' }>,
	startedAt: string,
): Promise<Task[]> {
	let met = false;
	const door = store.door({
		before: async (operation) => {
			if (operation !== 'createText' || met) return;
			met = true;
			await perform(store, second, startedAt);
		},
	});
	try {
		await perform(door, first, startedAt);
	} catch (error) {
		// Two ingestions of one batch may disagree on its as-of: the later one has to start again.
		const rivals = first.do === 'ingest' && second.do === 'ingest' && first.batch === second.batch;
		if (!(error instanceof TryAgainError && met && rivals)) throw error;
		await perform(store, first, startedAt);
	}
	if (met) return [second, first];
	await perform(store, second, startedAt);
	return [first, second];
}
