import type { TaskContext } from '../../context';
import { prefixes } from '../../lake';
import { ConfigurationError } from '../../platform/errors';
import type { HealthCheck } from './health-check';

/** An object that tasks may write and no reader uses; every check overwrites it, because tasks may not delete. */
const probeKey = `${prefixes.hints}doctor`;

/** Checks that the lake's bucket exists, can be read and written, and honours conditional writes. */
export function storage(context: TaskContext, { dryRun }: { readonly dryRun: boolean }): HealthCheck[] {
	const store = () => context.bucket(context.config.bucket);
	const skip = dryRun ? 'it writes, and this is a dry run' : undefined;
	const content = `written by ${context.run.runId}`;
	return [
		{
			name: 's3 list',
			run: async () => {
				const { bucket } = context.config;
				// HeadBucket needs the permission to list the whole bucket, which no task has.
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
				await bucket.putText(probeKey, content);
				const read = await bucket.getText(probeKey);
				// Another check may have overwritten it since.
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
				if (await (await store()).createText(probeKey, content)) {
					throw new ConfigurationError(
						'This S3 overwrites an object in spite of If-None-Match: *. Concurrent runs would lose data: use an S3 that honours conditional writes.',
					);
				}
				return 'an object that exists is not overwritten: 412';
			},
		},
	];
}
