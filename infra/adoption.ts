interface Resource {
	readonly Type: string;
	readonly DeletionPolicy?: string;
	readonly UpdateReplacePolicy?: string;
	readonly Properties: Readonly<Record<string, unknown>>;
}
interface Template {
	readonly Resources: Readonly<Record<string, Resource>>;
}

/** What there is to adopt: the names of buckets, and of the tables that exist. The tables have fixed names. */
export interface Kept {
	readonly lake: string;
	readonly results?: string | undefined;
	readonly stocks?: string | undefined;
	readonly tables: readonly string[];
}

/** A resource that CloudFormation takes into a stack, in the form that CreateChangeSet wants. */
export interface ImportedResource {
	readonly ResourceType: string;
	readonly LogicalResourceId: string;
	readonly ResourceIdentifier: Readonly<Record<string, string>>;
}

/** How the construct paths of the buckets begin in logical ids. */
const bucketPaths = { lake: 'LakeBucket', results: 'LakeQueryResults', stocks: 'MarketBucket' } as const;

/** What CloudFormation is asked to take, and the logical ids of what the deployment creates instead. */
export interface Adoption {
	readonly template: Template;
	readonly resources: readonly ImportedResource[];
	readonly created: readonly string[];
}

/**
 * Plans the adoption of what a deleted stack, or one of another region, has left: a template that has only these
 * resources, and what each is. Nothing in the template refers to a resource that is not there yet; the deployment after
 * it adds the rest. Throws Error if the template keeps a resource that has no known name.
 */
export function planAdoption(template: Template, kept: Kept): Adoption {
	const named = Object.entries(template.Resources)
		.filter(([, { DeletionPolicy }]) => DeletionPolicy?.startsWith('Retain'))
		.map(([id, resource]) => ({ id, resource, identifier: identify(id, resource, kept) }));
	const adopted = named.flatMap(({ id, resource, identifier }) => (identifier ? [{ id, resource, identifier }] : []));
	return {
		template: { Resources: Object.fromEntries(adopted.map(({ id, resource }) => [id, withoutReferences(resource)])) },
		resources: adopted.map(({ id, resource, identifier }) => ({
			ResourceType: resource.Type,
			LogicalResourceId: id,
			ResourceIdentifier: identifier,
		})),
		created: named.filter(({ identifier }) => identifier === undefined).map(({ id }) => id),
	};
}

/** What a resource is called; undefined if there is none to adopt. */
function identify(id: string, { Type, Properties }: Resource, kept: Kept): Record<string, string> | undefined {
	if (typeof Properties.TableName === 'string') {
		return kept.tables.includes(Properties.TableName) ? { TableName: Properties.TableName } : undefined;
	}
	const bucket = (Object.keys(bucketPaths) as (keyof typeof bucketPaths)[]).find((name) =>
		id.startsWith(bucketPaths[name]),
	);
	if (bucket === undefined)
		throw new Error(`${id} (${Type}) is kept when the stack is deleted, but has no known name.`);
	const name = kept[bucket];
	return name === undefined ? undefined : { BucketName: name };
}

/** A bucket announces its objects to queues that the stack does not have yet. */
function withoutReferences({ Properties, ...resource }: Resource): Resource {
	const { NotificationConfiguration: _, ...properties } = Properties;
	return { ...resource, Properties: properties };
}
