import type { TaskContext } from '../context';
import { PartlyRefusedError } from '../platform/errors';
import type { Outcome } from '../platform/result';
import type { IngestOptions } from './bronze';

/** A batch to run through the whole pipeline: a generated day, or a user's own files. */
export interface BatchToRun extends Omit<IngestOptions, 'dryRun'> {
	/** Given where the day is generated first: the number of orders, the share of dirt. */
	readonly generated?: {
		readonly records: number;
		readonly seed: string;
		readonly dirt: number;
		readonly since?: string;
	};
}

/** What one step of a run did, and what it took. */
export interface StepReport {
	readonly step: string;
	readonly status: string;
	readonly seconds: number;
	readonly requests: number;
	readonly cost_usd: number;
}

/** The steps of the pipeline in their order, by the names of their tasks. */
export const stepNames = ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
type StepName = (typeof stepNames)[number];

/**
 * Runs a batch through all steps in this process; each step commits by itself, as its task does. A step that refuses some
 * of the data does not stop the later steps; in the end PartlyRefusedError names what was refused.
 */
export async function runBatch(
	context: TaskContext,
	options: BatchToRun,
	onStep: (report: StepReport) => void = () => undefined,
): Promise<Outcome> {
	const steps: StepReport[] = [];
	const outcomes: Partial<Record<StepName, Outcome>> = {};
	const refusals: PartlyRefusedError[] = [];
	for (const name of listSteps(options)) {
		const report = await measureStep(context, name, async (step) => {
			const outcome = await tasks[name](step, options).catch((error: unknown) => {
				if (!(error instanceof PartlyRefusedError)) throw error;
				refusals.push(error);
				return error.outcome;
			});
			outcomes[name] = outcome;
			return outcome;
		});
		steps.push(report);
		onStep(report);
	}
	const { head } = await (await context.lake()).newest();
	const outcome = runOutcome(options.batch, head.number, steps, outcomes);
	if (refusals.length === 0) return outcome;
	throw new PartlyRefusedError(refusals.map(({ message }) => message).join('\n'), outcome);
}

function runOutcome(
	batch: string,
	head: number,
	steps: readonly StepReport[],
	{ ingest, clean, aggregate }: Partial<Record<StepName, Outcome>>,
): Outcome {
	const isPublished = steps.some(({ step, status }) => step !== 'generate' && status === 'published');
	return {
		status: isPublished ? 'published' : 'unchanged',
		batch,
		head,
		received: clean?.received ?? 0,
		kept: clean?.kept ?? 0,
		duplicates: clean?.duplicates ?? 0,
		superseded: clean?.superseded ?? 0,
		rejected: clean?.rejected ?? 0,
		orphans: clean?.orphans ?? 0,
		partitions: [...(clean?.partitions ?? []), ...(aggregate?.partitions ?? [])],
		...(ingest?.source ? { source: ingest.source } : {}),
		datasets: clean?.datasets,
		steps,
	};
}

const listSteps = ({ generated }: BatchToRun): StepName[] =>
	stepNames.filter((name) => name !== 'generate' || generated !== undefined);

/**
 * Plans a run: what its first step would do, and the names of its steps. What the later steps would do is known only once
 * the first one has made their input. Changes nothing.
 */
export async function planRun(context: TaskContext, options: BatchToRun): Promise<Outcome> {
	const names = listSteps(options);
	const first = await tasks[names[0] as StepName](context, options, true);
	return {
		...first,
		batch: options.batch,
		steps: names.map((step) => ({ step, status: 'planned' })),
	};
}

const tasks: Readonly<
	Record<StepName, (context: TaskContext, options: BatchToRun, dryRun?: boolean) => Promise<Outcome>>
> = {
	generate: async (context, { batch, generated }, dryRun) =>
		(await import('../generate')).generate(context, { date: batch, ...generated, dryRun }),
	ingest: async (context, { generated: _, ...options }, dryRun = false) =>
		(await import('./bronze')).ingestBatch(context, { ...options, dryRun }),
	clean: async (context, { batch }) => (await import('./silver')).clean(context, { batches: [batch] }),
	aggregate: async (context) => (await import('./gold')).aggregate(context, { kind: 'all' }),
	crawl: async (context) => (await import('./catalog')).crawl(context),
	'load-kpis': async (context) => (await import('./serving')).loadKpis(context, { kind: 'all' }),
};

/** Does one step, and measures its time, its requests to AWS and their cost. */
export async function measureStep(
	context: TaskContext,
	name: string,
	step: (context: TaskContext) => Promise<Outcome>,
): Promise<StepReport> {
	const { meter } = context.aws;
	const before = { requests: meter.requests, cost: meter.costUsd, at: context.clock().getTime() };
	const { status } = await step(context.step(name));
	return {
		step: name,
		status,
		seconds: (context.clock().getTime() - before.at) / 1000,
		requests: meter.requests - before.requests,
		cost_usd: Math.round((meter.costUsd - before.cost) * 1e7) / 1e7,
	};
}
