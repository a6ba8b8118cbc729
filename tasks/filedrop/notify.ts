import type { TaskContext } from '../context';
import { countMetric, sendAlert } from '../operations/alerts';
import { printable } from '../platform/printable';
import type { Outcome } from '../platform/result';
import type { DropPlace } from './drop-place';
import { DropLedger, reportKey } from './ledger';

export interface NotifyOptions {
	/** The batch that failed; none where the gate itself has failed. */
	readonly batch?: string | undefined;
	/** The step that failed, as it is typed. */
	readonly step: string;
	/** Its last word. */
	readonly reason: string;
	/** Where to look, such as a page of Airflow. */
	readonly look?: string | undefined;
	readonly dryRun?: boolean;
}

/** What of a reason stands in a message; the whole is in the log. */
const longestReason = 4000;

/**
 * Tells a person that a batch has failed, once, counts it as `PipelineFailures`, and holds the batch: it is not tried
 * again until its files change or somebody says so. A batch that is held already is not told of again.
 */
export async function notify(context: TaskContext, place: DropPlace, options: NotifyOptions): Promise<Outcome> {
	const ledger = new DropLedger(place.store, place.settings);
	const known = options.batch ? await ledger.find(options.batch) : undefined;
	const files = known?.batch.files.map(({ name }) => name) ?? [];
	const alert = await buildAlert(place, options, files);
	const outcome = { batch: options.batch ?? null, step: options.step, files };
	if (options.dryRun) return { status: 'planned', ...outcome, ...alert };
	if (!known) {
		await tell(context, alert);
		return { status: 'told', ...outcome };
	}
	const id = known.batch.batch;
	const at = context.clock().toISOString();
	const { step } = options;
	await ledger.noteFailure(id, { step, reason: options.reason.slice(0, longestReason), at, alerted: null });
	const noted = await ledger.failure(id);
	if (noted?.failure.alerted) return { status: 'unchanged', ...outcome, told_at: noted.failure.alerted };
	await tell(context, alert);
	// Breaking off before this line tells once more, rather than never.
	if (noted) await ledger.changeFailure(id, { ...noted.failure, alerted: at }, noted.etag);
	return { status: 'told', ...outcome };
}

async function tell(context: TaskContext, alert: { subject: string; message: string }): Promise<void> {
	// The message last: where this is repeated because something failed, rather a count too many than a message.
	await countMetric(context, { name: 'PipelineFailures', count: 1 });
	await sendAlert(context, alert);
}

async function buildAlert(
	{ store, settings }: DropPlace,
	{ batch, step, reason, look }: NotifyOptions,
	files: readonly string[],
): Promise<{ subject: string; message: string }> {
	const report = batch && (await store.getText(reportKey(batch))) ? reportKey(batch) : undefined;
	const lines = [
		`Batch: ${batch ?? 'none yet'}`,
		`Step: ${step}`,
		`Files: ${files.length > 0 ? printable(files.join(', ')) : 'none'} in s3://${settings.bucket}/${settings.prefix}`,
		'',
		reason.slice(0, longestReason),
		'',
		...(report ? [`Report for whoever sent the files: s3://${settings.bucket}/${report}`] : []),
		...(look ? [`Log: ${look}`] : []),
		...(batch
			? [
					`To look closer: shoplake filedrop status --batch ${batch}`,
					`The batch is held until its files change, or: shoplake filedrop retry --batch ${batch}`,
				]
			: ['To look closer: shoplake filedrop status']),
	];
	return { subject: `shoplake: the file drop has failed at ${step}`, message: lines.join('\n') };
}
