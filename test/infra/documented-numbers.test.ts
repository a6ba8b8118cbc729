import { readFile } from 'node:fs/promises';
import { readMeteredDays } from '../../infra/cost/measured';
import { renderCostPage } from '../../infra/cost/page';
import { countStanding, type StackTemplate } from '../../infra/cost/standing';
import { synthesize } from './support/synth';

const template = synthesize();

const types = {
	buckets: 'AWS::S3::Bucket',
	'DynamoDB tables': 'AWS::DynamoDB::Table',
	queues: 'AWS::SQS::Queue',
	functions: 'AWS::Lambda::Function',
	alarms: 'AWS::CloudWatch::Alarm',
	'task definitions': 'AWS::ECS::TaskDefinition',
} as const;

test('docs/aws.md counts what the template has', async () => {
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
	const tables = Object.values(template.findResources('AWS::DynamoDB::Table'));
	for (const { Properties } of tables) expect(page).toContain(`\`${Properties.TableName}\``);
});

test('docs/cost.md is what `npm run docs:cost` writes from the metered days, the prices and the template', async () => {
	const page = renderCostPage(readMeteredDays(), countStanding(template.toJSON() as StackTemplate));
	expect(await readFile('docs/cost.md', 'utf8')).toBe(page);
});
