import { randomUUID } from 'node:crypto';
import type { TaskContext } from '../../context';
import type { StepReport } from '../../pipeline';
import type { Outcome } from '../../platform/result';
import { listLakeTables } from '../lake-tables';
import { usualNames } from '../serving-lineage';
import type { LakeNames } from './datasets';
import { type EventFields, type EventType, jobName, runEvent } from './events';
import { sendEvents } from './send-events';
import { type LineageSettings, readLineageSettings } from './settings';
import { type EndedTask, hasWritten, type LakeState, listStepDatasets } from './step-datasets';

/** The tasks that move data of the lake. */
const tasksWithLineage = new Set([
	...[
		'generate',
		'ingest',
		'clean',
		'aggregate',
		'crawl',
		'load-kpis',
		'report',
		'run',
		'rebuild',
		'withdraw',
		'rollback',
	],
	'stream seal',
]);

/** How long a run waits for lineage in the end, all in all; and where it was stopped and has to end at once. */
const longestMs = 4000;
const longestIfStoppedMs = 800;

/** What the command line says of where the data are from. */
export interface SourceFlags {
	readonly dryRun?: unknown;
	readonly source?: unknown;
	readonly from?: unknown;
	readonly map?: unknown;
}

/**
 * The lineage of one task: an event when it starts, and one when it ends with what it has read and written. Nothing here
 * throws, or holds the task up for longer than `longestMs`: what fails is a warning.
 */
export class LineageRun {
	private readonly runId = randomUUID();
	private readonly startedAt: Date;
	/** Why the first event was not sent; the others aren't sent either, so that a run waits only once. */
	private readonly started: Promise<string | undefined>;

	private constructor(
		private readonly context: TaskContext,
		private readonly settings: LineageSettings,
		private readonly flags: SourceFlags,
		private readonly env: NodeJS.ProcessEnv,
	) {
		this.startedAt = context.clock();
		const event = this.event('START', { at: this.startedAt });
		this.started = sendEvents(settings, [event], longestMs).then(
			() => undefined,
			(error: Error) => error.message,
		);
	}

	/** Begins the lineage of a task; undefined where the environment wants none, or the task moves no data. */
	static start(context: TaskContext, flags: SourceFlags, env: NodeJS.ProcessEnv): LineageRun | undefined {
		if (!tasksWithLineage.has(context.run.task) || flags.dryRun === true) return undefined;
		const settings = readLineageSettings(env, context.log);
		return settings && new LineageRun(context, settings, flags, env);
	}

	/** Sends the last event. */
	async end(type: Exclude<EventType, 'START'>, outcome: Outcome): Promise<void> {
		const limitMs = type === 'ABORT' ? longestIfStoppedMs : longestMs;
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<string>((resolve) => {
			timer = setTimeout(() => resolve('no answer in time'), limitMs);
		});
		const failed = await Promise.race([
			this.sendEnd(type, outcome, limitMs).catch((error: Error) => error.message),
			late,
		]);
		clearTimeout(timer);
		if (failed === undefined) return;
		const { target } = this.settings;
		const place = target.kind === 'http' ? target.url : target.path;
		this.context.log.warn(`The lineage of this run is not at ${place}: ${failed}. The run itself is not affected.`);
	}

	/** Returns why the events were not sent, if they were not. */
	private async sendEnd(type: EventType, outcome: Outcome, limitMs: number): Promise<string | undefined> {
		const failed = await this.started;
		if (failed !== undefined) return failed;
		const tags = describeRun(this.context, outcome);
		const error = type === 'FAIL' ? String(outcome.error ?? 'The task failed.') : undefined;
		const at = this.context.clock();
		const lake = type === 'ABORT' ? undefined : await this.readLake(outcome);
		const events: unknown[] = [];
		if (lake && this.context.run.task === 'run') events.push(...(await this.stepEvents(outcome, lake)));
		const datasets =
			lake && this.context.run.task !== 'run' ? await listStepDatasets(this.ended(outcome), lake) : undefined;
		events.push(this.event(type, { at, tags, error, ...(datasets ? { datasets } : {}) }));
		await sendEvents(this.settings, events, limitMs);
		return undefined;
	}

	private ended(outcome: Outcome): EndedTask {
		const { source, from, map } = this.flags;
		const sources = (Array.isArray(source) ? source : []).map(String).filter((one) => one !== '');
		return { task: this.context.run.task, outcome, sources, isMapped: Boolean(from || map) };
	}

	/** Events of the steps of `run`, which are runs below it; they are sent when it ends. */
	private async stepEvents(outcome: Outcome, lake: LakeState): Promise<unknown[]> {
		const { namespace, root } = this.settings;
		const parent = { namespace, job: jobName('run'), runId: this.runId };
		const events: unknown[] = [];
		let at = this.startedAt.getTime();
		for (const { step, status, seconds } of (outcome.steps ?? []) as readonly StepReport[]) {
			const own = { ...this.ended(stepOutcome(step, status, outcome)), task: step };
			const fields = { runId: randomUUID(), task: step, parent, root: root ?? parent, tags: { status } };
			events.push(runEvent(this.settings, { ...fields, type: 'START', at: new Date(at) }));
			at += seconds * 1000;
			const datasets = await listStepDatasets(own, lake);
			events.push(runEvent(this.settings, { ...fields, type: 'COMPLETE', at: new Date(at), datasets }));
		}
		return events;
	}

	private event(type: EventType, fields: Pick<EventFields, 'at'> & Partial<EventFields>) {
		const { parent, root } = this.settings;
		const { task, runId } = this.context.run;
		const tags = { run_id: runId };
		return runEvent(this.settings, { type, runId: this.runId, task, parent, root, tags, ...fields });
	}

	/** The lake after the task; undefined where the task has written nothing, or the lake can't be read. */
	private async readLake(outcome: Outcome): Promise<LakeState | undefined> {
		const { context } = this;
		const { head } = outcome;
		if (!hasWritten(context.run.task, outcome)) return undefined;
		try {
			const lake = await context.lake();
			const snapshot = typeof head === 'number' && head > 0 ? await lake.at(head) : await lake.newest();
			const tables = await listLakeTables(await context.duckdb(), await context.project());
			return { tables, names: this.names(), snapshot };
		} catch (error) {
			context.log.warn(`The lineage of this run names no tables: ${(error as Error).message}`);
			return undefined;
		}
	}

	private names(): LakeNames {
		const { bucket, database, categoryKpisTable, orderKpisTable, productsTable } = this.context.config;
		return {
			bucket,
			database,
			region: this.env.AWS_REGION || this.env.AWS_DEFAULT_REGION,
			dynamoDb: {
				[usualNames.categoryKpisTable]: categoryKpisTable,
				[usualNames.orderKpisTable]: orderKpisTable,
				[usualNames.productsTable]: productsTable,
			},
		};
	}
}

/** What is known of a run beside its datasets. */
function describeRun({ run }: TaskContext, { status, batch, head }: Outcome): Record<string, string> {
	return {
		run_id: run.runId,
		status,
		...(batch == null ? {} : { batch }),
		...(typeof head === 'number' ? { head: String(head) } : {}),
	};
}

/** The outcome of a step of `run`, as far as that of the run tells. */
function stepOutcome(step: string, status: string, { partitions = [], datasets, head, batch }: Outcome): Outcome {
	const layer = { clean: 'silver_', aggregate: 'gold_' }[step];
	const own = layer === undefined ? [] : partitions.filter((partition) => partition.startsWith(layer));
	return {
		...{ status, batch: batch ?? null, head },
		partitions: step === 'load-kpis' ? ['serving_kpis/'] : own,
		...(step === 'ingest' || step === 'generate' ? { datasets, location: '/landing' } : {}),
	};
}
