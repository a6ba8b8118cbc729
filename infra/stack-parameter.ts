import { CfnParameter, type CfnParameterProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** A parameter of the stack that has the name which users type, wherever its construct is. */
export function stackParameter(scope: Construct, name: string, props: CfnParameterProps): CfnParameter {
	const parameter = new CfnParameter(scope, `${name}Parameter`, props);
	parameter.overrideLogicalId(name);
	return parameter;
}
