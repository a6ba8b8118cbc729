import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { LakehouseStack } from '../../../infra/lakehouse-stack';
import { type Grant, listGrants } from './grants';
import { makeStack } from './synth';

/** The statements that a role gets from a grant method. */
export function statementsFor(grant: (stack: LakehouseStack, role: Role) => void): Grant[] {
	const stack = makeStack();
	const role = new Role(stack, 'Somebody', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
	grant(stack, role);
	return listGrants(Template.fromStack(stack), 'Somebody');
}
