interface Resource {
	readonly Type: string;
	readonly DeletionPolicy?: string;
	readonly UpdateReplacePolicy?: string;
	readonly Properties: Readonly<Record<string, unknown>>;
}
interface Template {
	readonly Resources: Readonly<Record<string, Resource>>;
}

/** The names of the buckets that a deleted stack has left. Its tables have fixed names. */
export interface KeptBuckets {
	readonly lake: string;
	readonly results: string;
	readonly stocks: string;
}

/** A resource that CloudFormation takes into a stack, in the form that CreateChangeSet wants. */
export interface ImportedResource {
	readonly ResourceType: string;
	readonly LogicalResourceId: string;
	readonly ResourceIdentifier: Readonly<Record<string, string>>;
}

/** How the construct paths of the buckets begin in logical ids. */
const bucketPaths = { lake: 'LakeBucket', results: 'LakeQueryResults', stocks: 'MarketBucket' } as const;

/**
 * Plans the adoption of what a deleted stack has left: a template that has only these resources, and what each is. Nothing in
 * the template refers to a resource that is not there yet; the deployment after it adds the rest. Throws Error if the
 * template keeps a resource that has no known name.
 */
export function planAdoption(
	template: Template,
	buckets: KeptBuckets,
): { readonly template: Template; readonly resources: readonly ImportedResource[] } {
	const kept = Object.entries(template.Resources).filter(([, { DeletionPolicy }]) =>
		DeletionPolicy?.startsWith('Retain'),
	);
	const resources = kept.map(([id, resource]) => ({
		ResourceType: resource.Type,
		LogicalResourceId: id,
		ResourceIdentifier: identify(id, resource, buckets),
	}));
	return {
		template: { Resources: Object.fromEntries(kept.map(([id, one]) => [id, withoutReferences(one)])) },
		resources,
	};
}

function identify(id: string, { Type, Properties }: Resource, buckets: KeptBuckets): Record<string, string> {
	if (typeof Properties.TableName === 'string') return { TableName: Properties.TableName };
	const bucket = (Object.keys(bucketPaths) as (keyof KeptBuckets)[]).find((name) => id.startsWith(bucketPaths[name]));
	if (bucket === undefined)
		throw new Error(`${id} (${Type}) is kept when the stack is deleted, but has no known name.`);
	return { BucketName: buckets[bucket] };
}

/** A bucket announces its objects to queues that the stack does not have yet. */
function withoutReferences({ Properties, ...resource }: Resource): Resource {
	const { NotificationConfiguration: _, ...properties } = Properties;
	return { ...resource, Properties: properties };
}
