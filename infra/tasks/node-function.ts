import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogLevel, NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

const clone = join(import.meta.dirname, '..', '..');
/** An installed package has no lock file; then any file at its root tells the CDK where it is. */
const lockFile = ['package-lock.json', 'package.json'].map((name) => join(clone, name)).find(existsSync) ?? '';

/**
 * A Lambda function of one TypeScript handler, bundled by esbuild with all it imports, the SDK included: what is tested
 * is what runs, and a small file starts faster than the runtime's own SDK. It may write its log and nothing else.
 *
 * @example
 * const entry = new NodeFunction(this, 'Entry', {
 * 	handler: 'tasks/lambdas/http-entry.ts', description: 'Events by HTTP', timeout: Duration.seconds(20), memoryMiB: 256,
 * });
 * entry.role.addToPolicy(…);
 */
export class NodeFunction extends Construct {
	readonly lambda: NodejsFunction;
	/** What the function may do. */
	readonly role: Role;
	readonly logGroup: LogGroup;

	/**
	 * `handler` is a file of this repository that exports `handler`; `functionName` is set only if users type the name.
	 */
	constructor(
		scope: Construct,
		id: string,
		props: {
			readonly handler: string;
			readonly description: string;
			readonly timeout: Duration;
			readonly memoryMiB: number;
			readonly functionName?: string;
			readonly environment?: Readonly<Record<string, string>>;
			/** How many run at once; without it, up to the account's limit. */
			readonly reservedConcurrency?: number;
		},
	) {
		super(scope, id);
		this.logGroup = new LogGroup(this, 'Log', {
			retention: RetentionDays.THREE_MONTHS,
			removalPolicy: RemovalPolicy.DESTROY,
		});
		this.role = new Role(this, 'Role', {
			description: props.description,
			// Without a condition on the account: Lambda does not say for which account it assumes a function's role.
			assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
		});
		this.logGroup.grantWrite(this.role);
		this.lambda = new NodejsFunction(this, 'Function', {
			entry: join(clone, props.handler),
			depsLockFilePath: lockFile,
			description: props.description,
			runtime: Runtime.NODEJS_24_X,
			architecture: Architecture.ARM_64,
			timeout: props.timeout,
			memorySize: props.memoryMiB,
			role: this.role,
			logGroup: this.logGroup,
			...(props.functionName ? { functionName: props.functionName } : {}),
			...(props.environment ? { environment: { ...props.environment } } : {}),
			...(props.reservedConcurrency ? { reservedConcurrentExecutions: props.reservedConcurrency } : {}),
			awsSdkConnectionReuse: false,
			bundling: {
				format: OutputFormat.CJS,
				target: 'node24',
				minify: true,
				keepNames: true,
				mainFields: ['module', 'main'],
				externalModules: [],
				logLevel: LogLevel.WARNING,
			},
		});
	}
}
