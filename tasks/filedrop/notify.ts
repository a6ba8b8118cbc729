import type { TaskContext } from '../context';
import { countMetric, sendAlert } from '../operations/alerts';
import { printable } from '../platform/printable';
import type { Outcome } from '../platform/result';
import { DropLedger, reportKey } from './ledger';
import type { Drop } from './open-drop';

export interface NotifyOptions {
	/** The batch that failed; none if the gate itself failed. */
	readonly batch?: string | undefined;
	/** The command of the step that failed. */
	readonly step: string;
	/** Its error message. */
	readonly reason: string;
	/** Where to read more, such as a page of Airflow. */
	readonly look?: string | undefined;
	readonly dryRun?: boolean;
}

/** Maximum characters of a reason in an alert; the log has all of it. */
const longestReason = 4000;
/** Maximum files named in an alert: more would hide the reason that follows, and could exceed what SNS takes. */
const namedFiles = 10;

/**
 * Sends one alert that a batch has failed, counts it as `PipelineFailures`, and holds the batch: it is not retried until
 * its files change or somebody releases it. For a batch that is already held no second alert is sent.
 */
export async function notify(context: TaskContext, drop: Drop, options: NotifyOptions): Promise<Outcome> {
	const ledger = new DropLedger(drop.store, drop.settings);
	const known = options.batch ? await ledger.find(options.batch) : undefined;
	const files = known?.batch.files.map(({ name }) => name) ?? [];
	const alert = await buildAlert(drop, options, files);
	const outcome = { batch: options.batch ?? null, step: options.step, files };
	if (options.dryRun) return { status: 'planned', ...outcome, ...alert };
	if (!known) {
		await countAndAlert(context, alert);
		return { status: 'told', ...outcome };
	}
	const id = known.batch.batch;
	const at = context.clock().toISOString();
	const { step } = options;
	await ledger.recordFailure(id, { step, reason: options.reason.slice(0, longestReason), at, alerted: null });
	const noted = await ledger.failure(id);
	if (noted?.failure.alerted) return { status: 'unchanged', ...outcome, told_at: noted.failure.alerted };
	await countAndAlert(context, alert);
	// Breaking off before this line repeats the alert, rather than losing it.
	if (noted) await ledger.changeFailure(id, { ...noted.failure, alerted: at }, noted.etag);
	return { status: 'told', ...outcome };
}

async function countAndAlert(context: TaskContext, alert: { subject: string; message: string }): Promise<void> {
	// The alert comes last: if a failure makes this repeat, a surplus count is better than a surplus alert.
	await countMetric(context, { name: 'PipelineFailures', count: 1 });
	await sendAlert(context, alert);
}

async function buildAlert(
	{ store, settings }: Drop,
	{ batch, step, reason, look }: NotifyOptions,
	files: readonly string[],
): Promise<{ subject: string; message: string }> {
	const report = batch && (await store.getText(reportKey(batch))) !== undefined ? reportKey(batch) : undefined;
	const lines = [
		`Batch: ${batch ?? 'none yet'}`,
		`Step: ${step}`,
		`Files: ${describeFiles(files)} in s3://${settings.bucket}/${settings.prefix}`,
		'',
		reason.slice(0, longestReason),
		'',
		...(report ? [`Report for the sender of the files: s3://${settings.bucket}/${report}`] : []),
		...(look ? [`Log: ${look}`] : []),
		...(batch
			? [
					`Details: shoplake filedrop status --batch ${batch}`,
					`The batch is held until its files change, or: shoplake filedrop retry --batch ${batch}`,
				]
			: ['Details: shoplake filedrop status']),
	];
	return { subject: `shoplake: the file drop has failed at ${step}`, message: lines.join('\n') };
}

function describeFiles(files: readonly string[]): string {
	if (files.length === 0) return 'none';
	const more = files.length > namedFiles ? ` and ${files.length - namedFiles} more` : '';
	return `${printable(files.slice(0, namedFiles).join(', '))}${more}`;
}
