import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { metricNamespace } from '../../tasks/operations/alerts/metric-namespace';
import { acknowledgeWildcards } from './wildcards';

/** Allows a role to write metrics of shoplake. */
export function grantPutMetrics(role: Role): void {
	role.addToPolicy(
		new PolicyStatement({
			actions: ['cloudwatch:PutMetricData'],
			resources: ['*'],
			conditions: { StringEquals: { 'cloudwatch:namespace': metricNamespace } },
		}),
	);
	acknowledgeWildcards(role, ['*'], 'PutMetricData has no resources; the condition names the namespace.');
}
