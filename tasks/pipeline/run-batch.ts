import type { TaskContext } from '../context';
import type { DatasetName } from '../contracts';
import { PartlyRefusedError } from '../platform/errors';
import type { Outcome } from '../platform/result';

/** A batch to take through the whole pipeline: of a generated day, or of a user's own files. */
export interface BatchToRun {
	readonly batch: string;
	/** Generate the day first: as many orders, such a share of dirt. */
	readonly generated?: {
		readonly records: number;
		readonly seed: string;
		readonly dirt: number;
		readonly since?: string;
	};
	readonly sources?: readonly string[];
	readonly dataset?: DatasetName;
	readonly asOf?: string;
	readonly map?: string;
	readonly maxRejected: number;
}

/** One step's part of a run. */
export interface StepReport {
	readonly step: string;
	readonly status: string;
	readonly seconds: number;
	readonly requests: number;
	readonly cost_usd: number;
}

/** The steps of the pipeline in their order, by the name of the task that does each. */
export const stepNames = ['generate', 'ingest', 'clean', 'aggregate', 'crawl', 'load-kpis'] as const;
type StepName = (typeof stepNames)[number];

/**
 * Takes a batch through all steps in this process; each step commits by itself, as the tasks do. A step that refuses some
 * of the data stops none of the later steps for the rest; in the end PartlyRefusedError names what was refused.
 */
export async function runBatch(
	context: TaskContext,
	options: BatchToRun,
	onStep: (report: StepReport) => void = () => undefined,
): Promise<Outcome> {
	const steps: StepReport[] = [];
	const outcomes: Partial<Record<StepName, Outcome>> = {};
	const refusals: PartlyRefusedError[] = [];
	for (const name of stepNames) {
		if (name === 'generate' && !options.generated) continue;
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
	const {
		received = 0,
		kept = 0,
		duplicates = 0,
		superseded = 0,
		rejected = 0,
		orphans = 0,
		datasets,
	} = outcomes.clean ?? ({ status: '' } as Outcome);
	const outcome: Outcome = {
		status: steps.some(({ step, status }) => step !== 'generate' && status === 'published') ? 'published' : 'unchanged',
		batch: options.batch,
		head: (await (await context.lake()).newest()).head.number,
		received,
		kept,
		duplicates,
		superseded,
		rejected,
		orphans,
		partitions: [...(outcomes.clean?.partitions ?? []), ...(outcomes.aggregate?.partitions ?? [])],
		datasets,
		steps,
	};
	if (refusals.length === 0) return outcome;
	throw new PartlyRefusedError(refusals.map(({ message }) => message).join('\n'), outcome);
}

/**
 * What `runBatch` would begin with, and the steps that it would take: what the later ones would do shows once the first
 * one has made their input. Changes nothing.
 */
export async function planRun(context: TaskContext, options: BatchToRun): Promise<Outcome> {
	const names = stepNames.filter((name) => name !== 'generate' || options.generated);
	const { location, files } = await tasks[names[0] as StepName](context, options, true);
	return {
		status: 'planned',
		batch: options.batch,
		...(location === undefined ? {} : { location }),
		...(files === undefined ? {} : { files }),
		steps: names.map((step) => ({ step, status: 'planned' })),
	};
}

const tasks: Readonly<
	Record<StepName, (context: TaskContext, options: BatchToRun, dryRun?: boolean) => Promise<Outcome>>
> = {
	generate: async (context, { batch, generated }, dryRun) =>
		(await import('../generate')).generate(context, { date: batch, ...generated, dryRun }),
	ingest: async (context, { batch, sources, dataset, asOf, map, maxRejected }, dryRun = false) =>
		(await import('./bronze')).ingestBatch(context, {
			batch,
			maxRejected,
			dryRun,
			...(sources ? { sources } : {}),
			...(dataset ? { dataset } : {}),
			...(asOf ? { asOf } : {}),
			...(map ? { map } : {}),
		}),
	clean: async (context, { batch }) => (await import('./silver')).clean(context, { batches: [batch] }),
	aggregate: async (context) => (await import('./gold')).aggregate(context, { kind: 'all' }),
	crawl: async (context) => (await import('./catalog')).crawl(context),
	'load-kpis': async (context) => (await import('./serving')).loadKpis(context, { kind: 'all' }),
};

/** Does one step, and tells how long it took and what it asked of AWS. */
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
