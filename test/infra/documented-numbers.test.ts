import { readFile } from 'node:fs/promises';
import { synthesize } from './support/synth';

const types = {
	buckets: 'AWS::S3::Bucket',
	'DynamoDB tables': 'AWS::DynamoDB::Table',
	queues: 'AWS::SQS::Queue',
	functions: 'AWS::Lambda::Function',
	alarms: 'AWS::CloudWatch::Alarm',
	'task definitions': 'AWS::ECS::TaskDefinition',
} as const;

test('docs/aws.md counts what the template has', async () => {
	const template = synthesize();
	const page = await readFile('docs/aws.md', 'utf8');
	const line = page.split('\n').find((text) => text.startsWith('| in numbers |')) ?? '';
	const documented = Object.keys(types).map((name) => [name, Number(new RegExp(`(\\d+) ${name}`).exec(line)?.[1])]);
	const deployed = Object.entries(types).map(([name, type]) => [
		name,
		Object.keys(template.findResources(type)).length,
	]);
	expect(documented).toEqual(deployed);
});

test('docs/aws.md names every table whose name is fixed', async () => {
	const page = await readFile('docs/aws.md', 'utf8');
	const tables = Object.values(synthesize().findResources('AWS::DynamoDB::Table'));
	for (const { Properties } of tables) expect(page).toContain(`\`${Properties.TableName}\``);
});
