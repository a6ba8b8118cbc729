import {
	type CloudFormationClient,
	CreateChangeSetCommand,
	ExecuteChangeSetCommand,
	waitUntilChangeSetCreateComplete,
	waitUntilStackImportComplete,
} from '@aws-sdk/client-cloudformation';
import type { Adoption } from './adoption';
import { stackName } from './stack-name';

/** Seconds between two looks. */
const often = { minDelay: 2, maxDelay: 5 };

/** Begins the stack with resources that exist. */
export async function importResources(
	client: CloudFormationClient,
	{ template, resources }: Pick<Adoption, 'template' | 'resources'>,
): Promise<void> {
	const changeSet = { StackName: stackName, ChangeSetName: 'adopt' };
	await client.send(
		new CreateChangeSetCommand({
			...changeSet,
			ChangeSetType: 'IMPORT',
			TemplateBody: JSON.stringify(template),
			ResourcesToImport: [...resources],
		}),
	);
	await waitUntilChangeSetCreateComplete({ client, maxWaitTime: 300, ...often }, changeSet);
	await client.send(new ExecuteChangeSetCommand(changeSet));
	await waitUntilStackImportComplete({ client, maxWaitTime: 900, ...often }, { StackName: stackName });
}
