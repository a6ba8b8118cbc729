import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Records why the resources of a grant have to end in a wildcard; the AWS Solutions checks ask for each one. `holder` is
 * the role or managed policy with the grant.
 */
export function acknowledgeWildcards(holder: Construct, resources: readonly string[], reason: string): void {
	for (const resource of resources) {
		const id = `AwsSolutions-IAM5[Resource::${bracketTokens(Stack.of(holder).resolve(resource))}]`;
		Validations.of(holder).acknowledge({ id, reason });
	}
}

/** A resolved ARN as cdk-nag writes it: values known only on deployment are in angle brackets. */
function bracketTokens(value: string | Record<string, unknown>): string {
	if (typeof value === 'string') return value;
	const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
	if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
	if (Array.isArray(join)) return (join[1] as (string | Record<string, unknown>)[]).map(bracketTokens).join(join[0]);
	return `<${Ref}>`;
}
