import { type ManagedPolicy, PolicyStatement, type PolicyStatementProps, type Role } from 'aws-cdk-lib/aws-iam';

/** What rights are given to: a role of the stack, or a managed policy for roles and users of others. */
export type PolicyHolder = Role | ManagedPolicy;

/** Gives a holder a right. */
export function allow({ grantPrincipal }: PolicyHolder, statement: PolicyStatementProps): void {
	grantPrincipal.addToPrincipalPolicy(new PolicyStatement(statement));
}
