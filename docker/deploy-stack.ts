// Deploys the CDK app to the AWS of docker-compose.yml and writes its settings where Airflow finds them. What stands
// already, from the same template, stays as it is.
import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { deploy, isDeployed, stackAt, synthesise } from '../tasks/local/deploy';
import { localLayout } from '../tasks/local/layout';
import { localSettings, writeSettings } from '../tasks/local/settings';

const endpoint = process.env.AWS_ENDPOINT_URL;
if (!endpoint) throw new Error('AWS_ENDPOINT_URL is not set: no AWS to deploy to.');

// By its number: the CDK would look for each bucket under a name of its own, `<bucket>.ministack`.
const byAddress = new URL(endpoint);
byAddress.hostname = (await lookup(byAddress.hostname)).address;
const aws = byAddress.origin;

const layout = localLayout();
await mkdir(layout.folder, { recursive: true });
const template = await synthesise(layout);
const standing = await stackAt(aws);
const stands = await isDeployed(layout, standing, template);
const stack = standing && stands ? standing : await deploy(layout, aws, template);
await writeSettings(layout, localSettings(endpoint, stack.outputs));
console.log(
	`${stands ? 'The stack stands' : 'The stack is deployed'}: ${stack.status}, s3://${stack.outputs.ShoplakeBucket}`,
);
