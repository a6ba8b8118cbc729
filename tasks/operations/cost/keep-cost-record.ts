import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskContext } from '../../context';
import type { Usage } from '../../platform/aws/usage';
import type { Outcome } from '../../platform/result';
import { type CostRecord, costKey } from './cost-record';
import { readFargateTask } from './fargate-task';

/** A task that is stopped ends within seconds, with or without a record. */
const [patienceMs, patienceOfStoppedMs] = [5000, 1500];

/** How a process ended. */
interface EndedProcess {
	readonly outcome: Outcome;
	readonly exitCode: number;
	/** Whether a record is kept of requests alone; one of a task on ECS, or of Athena's bill, always is. */
	readonly isAlways: boolean;
	readonly env: NodeJS.ProcessEnv;
}

/**
 * Writes the record of what this process has used of AWS: one object, at its end, also if it failed. Never throws. A
 * record that can't be written is a warning; where the task itself failed, its own error is enough.
 */
export async function keepCostRecord(context: TaskContext, ended: EndedProcess): Promise<void> {
	const { meter } = context.aws;
	const { statements } = meter.usage.athena;
	const isBilledByTime = Boolean(ended.env.ECS_CONTAINER_METADATA_URI_V4);
	if (!isBilledByTime && statements === 0 && !(ended.isAlways && meter.requests > 0)) return;
	// A step that works elsewhere, such as on files of this machine, has no lake to keep it in.
	if (!ended.env.SHOPLAKE_BUCKET) return;
	const patience = context.signal.aborted ? patienceOfStoppedMs : patienceMs;
	try {
		await Promise.race([writeRecord(context, ended), giveUp(patience)]);
	} catch (error) {
		const { message } = error as Error;
		// Who only queries may have no right to write.
		const level = ended.exitCode === 0 && (ended.isAlways || isBilledByTime) ? 'warn' : 'debug';
		context.log[level](`What this run used of AWS is not recorded, so 'shoplake cost' leaves it out: ${message}`);
	}
}

async function writeRecord(context: TaskContext, ended: EndedProcess): Promise<void> {
	const record = await describeProcess(context, ended);
	const store = await context.bucket(context.config.bucket);
	await store.putText(costKey(record), `${JSON.stringify(record)}\n`, 'application/json');
}

async function giveUp(ms: number): Promise<never> {
	await sleep(ms, undefined, { ref: false });
	throw new Error(`S3 has not answered within ${ms / 1000} s.`);
}

async function describeProcess(
	{ run, aws, clock, traffic }: TaskContext,
	{ outcome, exitCode, env }: EndedProcess,
): Promise<CostRecord> {
	const now = clock();
	const { in: bytes_in, out: bytes_out } = traffic();
	const { requests, dynamodb, athena } = aws.meter.usage;
	return {
		format: 1,
		step: run.task,
		run_id: run.runId,
		attempt: run.attempt,
		started_at: run.startedAt.toISOString(),
		seconds: (now.getTime() - run.startedAt.getTime()) / 1000,
		status: outcome.status,
		exit_code: exitCode,
		batch: outcome.batch ?? null,
		head: typeof outcome.head === 'number' ? outcome.head : null,
		region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? null,
		emulator: env.AWS_ENDPOINT_URL !== undefined,
		bytes_in,
		bytes_out,
		requests: withOwnRequest(requests),
		dynamodb,
		athena,
		fargate: await readFargateTask(env, { startedAt: run.startedAt, now }),
	};
}

/** The record counts the request that writes it. */
function withOwnRequest(requests: Usage['requests']): CostRecord['requests'] {
	const { PutObject = 0, ...others } = requests.S3 ?? {};
	return { ...requests, S3: { ...others, PutObject: PutObject + 1 } };
}
