/**
 * Protects the state of the deployed stack: no update may replace or delete a resource that holds data, until this runs again
 * with exceptions. Does nothing where no stack is deployed.
 *
 *   tsx infra/bin/protect.ts [--except LOGICAL-ID,LOGICAL-ID]
 */
import { parseArgs } from 'node:util';
import { CloudFormationClient, GetTemplateCommand, SetStackPolicyCommand } from '@aws-sdk/client-cloudformation';
import { stackName } from '../stack-name';
import { protectionPolicy } from '../stateful';

const { values } = parseArgs({ options: { except: { type: 'string', default: '' } } });
const except = values.except.split(',').filter((id) => id !== '');
const client = new CloudFormationClient({});
try {
	const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName: stackName }));
	if (TemplateBody !== '') await protect(TemplateBody);
} catch (error) {
	const { message } = error as Error;
	if (!/^Stack.* does not exist$/.test(message)) {
		console.error(`The state of the stack can't be protected: ${message}`);
		process.exitCode = 1;
	}
}

async function protect(template: string): Promise<void> {
	const policy = JSON.stringify(protectionPolicy(JSON.parse(template), except));
	await client.send(new SetStackPolicyCommand({ StackName: stackName, StackPolicyBody: policy }));
	if (except.length > 0)
		console.error(`The next update may replace or delete ${except.join(', ')}, with what they hold.`);
}
