import { Aws, CfnCondition, Fn, Validations } from 'aws-cdk-lib';
import { CfnAuthorizer, type CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import { stackParameter } from '../stack-parameter';

/**
 * Lets the deployment say who may post events: callers of this account who sign their requests, holders of a token (JWT) of
 * an issuer, or everyone. Returns whether callers may be strangers to the account.
 */
export function authorizeCallers(scope: Construct, route: CfnRoute): CfnCondition {
	const parameter = (name: string, description: string, more: { default: string; allowedValues?: string[] }) =>
		stackParameter(scope, name, { description, ...more }).valueAsString;
	const who = parameter(
		'EventsAuthorization',
		'Who may post events: callers of this account who sign their requests (AWS_IAM), holders of a token (JWT), or everyone (NONE)',
		{ allowedValues: ['AWS_IAM', 'JWT', 'NONE'], default: 'AWS_IAM' },
	);
	const issuer = parameter('EventsJwtIssuer', 'For JWT: the URL of the issuer, as tokens have it in `iss`', {
		default: '',
	});
	const audience = parameter('EventsJwtAudience', 'For JWT: what tokens have in `aud` or `client_id`', { default: '' });
	const isJwt = new CfnCondition(scope, 'TakesTokens', { expression: Fn.conditionEquals(who, 'JWT') });
	const authorizer = new CfnAuthorizer(scope, 'Tokens', {
		apiId: route.apiId,
		name: 'tokens',
		authorizerType: 'JWT',
		identitySource: ['$request.header.Authorization'],
		jwtConfiguration: { issuer, audience: [audience] },
	});
	authorizer.cfnOptions.condition = isJwt;
	route.authorizationType = who;
	route.authorizerId = Fn.conditionIf(isJwt.logicalId, authorizer.ref, Aws.NO_VALUE).toString();
	Validations.of(route).acknowledge({
		id: 'AwsSolutions-APIG4',
		reason: 'Requests have to be signed, or bring a token, unless the deployment opens the API by a parameter.',
	});
	return new CfnCondition(scope, 'TakesStrangers', {
		expression: Fn.conditionNot(Fn.conditionEquals(who, 'AWS_IAM')),
	});
}
