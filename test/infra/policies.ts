import type { Template } from 'aws-cdk-lib/assertions';
import { arnsText, type Intrinsic } from './arn-text';

/** A statement of a policy, with every intrinsic as the name that it refers to. */
export interface Grant {
	readonly actions: string[];
	readonly on: string[];
	/** The condition, where there is one. */
	readonly where?: unknown;
	/** Whether it takes the right away, whatever gives it. */
	readonly denied?: true;
}

interface Statement {
	readonly Effect: 'Allow' | 'Deny';
	readonly Action: string | string[];
	readonly Resource: Intrinsic | readonly Intrinsic[];
	readonly Condition?: unknown;
}

/** What a role may, or whoever has a managed policy; by the path of its construct without slashes. */
export function listGrants(template: Template, holder: string): Grant[] {
	const own = new RegExp(`^${holder}(DefaultPolicy)?[0-9A-F]{8}$`);
	return ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']
		.flatMap((type) => Object.entries(template.findResources(type)))
		.filter(([id]) => own.test(id))
		.flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement as Statement[])
		.map(({ Effect, Action, Resource, Condition }) => ({
			actions: [Action].flat(),
			on: arnsText(Resource),
			...(Condition ? { where: Condition } : {}),
			...(Effect === 'Deny' ? { denied: true as const } : {}),
		}));
}
