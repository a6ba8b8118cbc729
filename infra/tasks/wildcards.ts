import { Stack, Validations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * Says beside a grant why its resources have to end in a wildcard; the checks of AWS Solutions ask for each.
 * `holder` is the role or the managed policy that has the grant.
 */
export function acknowledgeWildcards(holder: Construct, resources: readonly string[], reason: string): void {
	for (const resource of resources) {
		const id = `AwsSolutions-IAM5[Resource::${inBrackets(Stack.of(holder).resolve(resource))}]`;
		Validations.of(holder).acknowledge({ id, reason });
	}
}

/** A resolved ARN as cdk-nag writes it: what is known only on deployment in angle brackets. */
function inBrackets(value: string | Record<string, unknown>): string {
	if (typeof value === 'string') return value;
	const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
	if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
	if (Array.isArray(join)) return (join[1] as (string | Record<string, unknown>)[]).map(inBrackets).join(join[0]);
	return `<${Ref}>`;
}
