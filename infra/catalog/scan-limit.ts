import { Aws, CfnCondition, CfnParameter, Fn, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** A parameter for how many bytes a statement of a workgroup may scan: at least Athena's 10 MB, or 0 for no limit. */
export function scanLimitParameter(
	scope: Construct,
	id: string,
	{ who, byDefault }: { readonly who: string; readonly byDefault: number },
): number {
	const limit = new CfnParameter(scope, id, {
		description: `Bytes that ${who} may scan, at least 10000000; 0 for no limit`,
		type: 'Number',
		default: byDefault,
		minValue: 0,
	});
	const isLimited = new CfnCondition(scope, `Is${id}ed`, {
		expression: Fn.conditionNot(Fn.conditionEquals(limit.valueAsString, '0')),
	});
	return Token.asNumber(Fn.conditionIf(isLimited.logicalId, limit.valueAsNumber, Aws.NO_VALUE));
}
