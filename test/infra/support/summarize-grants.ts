import type { Grant } from './grants';

/** The resources of each action; for the lake's bucket, the prefixes of each kind of access. */
export function summarizeGrants(grants: readonly Grant[]): Record<string, string[]> {
	const access: Record<string, string[]> = {};
	const add = (action: string, on: readonly string[]) => {
		access[action] = [...(access[action] ?? []), ...on];
	};
	const short: Readonly<Record<string, string>> = {
		's3:GetObject': 'read',
		's3:PutObject': 'add',
		's3:PutObjectTagging': 'tag',
		's3:DeleteObject': 'delete',
		's3:GetObjectVersion': 'read versions',
		's3:DeleteObjectVersion': 'delete versions',
	};
	const isLake = (on: readonly string[]) => on.every((arn) => arn.startsWith('LakeBucket'));
	for (const { actions, on, where, denied } of grants) {
		for (const action of actions) {
			if ((action === 's3:ListBucket' || action === 's3:ListBucketVersions') && isLake(on)) {
				// Without a condition it may list everything.
				const [limits] = Object.values((where ?? {}) as Record<string, { 's3:prefix': string[] }>);
				add(
					action === 's3:ListBucket' ? 'list' : 'list versions',
					(limits?.['s3:prefix'] ?? ['']).map((prefix) => prefix.replace('*', '')),
				);
			} else if (action !== 's3:AbortMultipartUpload') {
				add(
					`${denied ? 'not ' : ''}${(isLake(on) && short[action]) || action}`,
					on.map((arn) =>
						arn.replace(/^LakeBucket\/(.*)\*$/, '$1').replace(/^arn:AWS::Partition:.*?AWS::AccountId:/, ''),
					),
				);
			}
		}
	}
	return access;
}

/** The same resources for each action. */
export const grantEach = (actions: readonly string[], on: readonly string[]): Record<string, readonly string[]> =>
	Object.fromEntries(actions.map((action) => [action, on]));

/** The id that the constructs of a step begin with: `stream seal` is `StreamSeal`. */
export const stepId = (step: string): string => step.replace(/(^|[- ])./g, (start) => start.slice(-1).toUpperCase());
