// Deploys the CDK app to the local AWS of docker-compose.yml, unless the same template is deployed already, and writes
// the settings where Airflow finds them.
import { lookup } from 'node:dns/promises';
import { mkdir } from 'node:fs/promises';
import { deploy, isDeployed, stackAt, synthesise } from '../tasks/local/deploy';
import { localLayout } from '../tasks/local/layout';
import { localSettings, writeSettings } from '../tasks/local/settings';

const endpoint = process.env.AWS_ENDPOINT_URL;
if (!endpoint) throw new Error('AWS_ENDPOINT_URL is not set: no AWS to deploy to.');

// Use the IP address: with the host name the CDK would address each bucket as `<bucket>.ministack`.
const byAddress = new URL(endpoint);
byAddress.hostname = (await lookup(byAddress.hostname)).address;
const aws = byAddress.origin;

const layout = localLayout();
await mkdir(layout.folder, { recursive: true });
const template = await synthesise(layout);
const existing = await stackAt(aws);
const isCurrent = await isDeployed(layout, existing, template);
const stack = existing && isCurrent ? existing : await deploy(layout, aws, template);
await writeSettings(layout, localSettings(endpoint, stack.outputs));
console.log(
	`${isCurrent ? 'The stack is up to date' : 'The stack is deployed'}: ${stack.status}, s3://${stack.outputs.ShoplakeBucket}`,
);
