/**
 * Makes a new stack from the buckets and tables that a deleted one has left, or from a copy of the lake's bucket in
 * another region, with everything in them. The deployment after it adds the rest.
 *
 *   npm run adopt -- --lake BUCKET [--results BUCKET] [--stocks BUCKET]
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { planAdoption } from '../adoption';
import { withAssemblyFolder } from '../assembly-folder';
import { importResources } from '../import-resources';
import { stackName } from '../stack-name';
import { createApp } from './create-app';

const { values } = parseArgs({
	options: { lake: { type: 'string' }, results: { type: 'string' }, stocks: { type: 'string' } },
});
const { lake, results, stocks } = values;
if (!lake) {
	console.error(
		'Name the buckets that the deleted stack has left: --lake BUCKET --results BUCKET --stocks BUCKET. In another region a copy of the first is enough.',
	);
	process.exit(64);
}

// Functions are not kept, so none is bundled.
const full = await withAssemblyFolder(async (outdir) => {
	(await createApp({ outdir, context: { 'aws:cdk:bundling-stacks': [] } })).synth();
	return JSON.parse(await readFile(join(outdir, `${stackName}.template.json`), 'utf8'));
});
const tables: string[] = [];
for await (const { TableNames = [] } of paginateListTables({ client: new DynamoDBClient({}) }, {})) {
	tables.push(...TableNames);
}
const { template, resources, created } = planAdoption(full, { lake, results, stocks, tables });
await importResources(new CloudFormationClient({}), { template, resources });
for (const { LogicalResourceId, ResourceIdentifier } of resources) {
	console.log(`${LogicalResourceId}: ${Object.values(ResourceIdentifier).join()}`);
}
if (created.length > 0) console.log(`Not there, so the deployment creates them, empty: ${created.join(', ')}.`);
console.log(`The stack ${stackName} has them. 'npx cdk deploy' adds the rest.`);
