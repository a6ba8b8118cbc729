import type { Template } from 'aws-cdk-lib/assertions';
import { type Intrinsic, renderArns } from './arn-text';

/** A policy statement, with every intrinsic as the name it refers to. */
export interface Grant {
	readonly actions: string[];
	readonly on: string[];
	/** The condition, if it has one. */
	readonly where?: unknown;
	/** Whether the statement denies the actions. */
	readonly denied?: true;
}

interface Statement {
	readonly Effect: 'Allow' | 'Deny';
	readonly Action: string | string[];
	readonly Resource: Intrinsic | readonly Intrinsic[];
	readonly Condition?: unknown;
}

/** The statements of a role or a managed policy, which is named by its construct path without slashes. */
export function listGrants(template: Template, holder: string): Grant[] {
	const own = new RegExp(`^${holder}(DefaultPolicy)?[0-9A-F]{8}$`);
	return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
		.flatMap((type) => Object.entries(template.findResources(type)))
		.filter(([id]) => own.test(id))
		.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[])
		.map(({ Effect, Action, Resource, Condition }) => ({
			actions: [Action].flat(),
			on: renderArns(Resource),
			...(Condition ? { where: Condition } : {}),
			...(Effect === 'Deny' ? { denied: true as const } : {}),
		}));
}
