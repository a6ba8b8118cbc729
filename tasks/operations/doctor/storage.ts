import type { TaskContext } from '../../context';
import { prefixes } from '../../lake';
import { ConfigurationError } from '../../platform/errors';
import type { HealthCheck } from './health-check';

/** Where tasks may write that no reader looks at; overwritten by each examination, since tasks delete nothing. */
const probeKey = `${prefixes.hints}doctor`;

/** The lake's bucket: that it is there, can be read and written, and refuses what has to be refused. */
export function storage(context: TaskContext, { dryRun }: { readonly dryRun: boolean }): HealthCheck[] {
	const store = () => context.bucket(context.config.bucket);
	const skip = dryRun ? 'it writes, and this is a dry run' : undefined;
	const word = `written by ${context.run.runId}`;
	return [
		{
			name: 's3 list',
			run: async () => {
				const { bucket } = context.config;
				// HeadBucket asks for a right to list everything, which no task has.
				for await (const _ of (await store()).list(prefixes.heads)) break;
				return `s3://${bucket}/${prefixes.heads} is listed`;
			},
		},
		{
			name: 'lake',
			run: async () => {
				const { head } = await (await context.lake()).newest();
				return head.number === 0 ? 'empty' : `head ${head.number} of ${head.created_at}, by ${head.task}`;
			},
		},
		{
			name: 's3 write',
			skip,
			run: async () => {
				const bucket = await store();
				await bucket.putText(probeKey, word);
				const read = await bucket.getText(probeKey);
				// Another examination may have written since.
				if (!read?.startsWith('written by ')) {
					throw new ConfigurationError(
						`${probeKey} was written and ${read === undefined ? 'is not there' : `reads '${read}'`}: this S3 is not consistent.`,
					);
				}
				return `${probeKey} is written and read back; it stays`;
			},
		},
		{
			name: 's3 conditional write',
			skip,
			run: async () => {
				if (await (await store()).createText(probeKey, word)) {
					throw new ConfigurationError(
						'This S3 overwrites an object in spite of If-None-Match: *. Runs side by side would lose data: use one that keeps to it.',
					);
				}
				return 'an object that exists is not overwritten: 412';
			},
		},
	];
}
