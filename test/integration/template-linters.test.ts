import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createApp } from '../../infra/bin/create-app';
import { pythonEnvironment } from '../../tasks/local/python-environment';

const run = promisify(execFile);

/** What checkov finds and we keep, by the id of its check, with the reason. */
const explained: Readonly<Record<string, string>> = {
	CKV_AWS_18: 'CloudTrail’s data events can record who read what; access logs would be a bucket more to maintain.',
	CKV_AWS_21: 'The bucket of query results keeps each for a week; a result is never overwritten.',
	CKV_AWS_27: 'SQS encrypts with its own key, which this check does not count.',
	CKV_AWS_65: 'Container Insights bills metrics per task; each result line has outcome, duration and volume.',
	CKV_AWS_82: 'A run on Athena says where each table goes, which an enforced workgroup would not allow.',
	CKV_AWS_115: 'A reserved concurrency is taken from the account; queues and schedules bound these functions.',
	CKV_AWS_116: 'Each function is called again by its queue, its stream, its caller or its schedule.',
	CKV_AWS_117: 'The functions call AWS only, by permissions; a network of their own would need paid endpoints.',
	CKV_AWS_119: 'DynamoDB encrypts with the key that AWS manages; one of our own costs $1 a month.',
	CKV_AWS_136: 'ECR encrypts with its own key; the image is public code.',
	CKV_AWS_158: 'CloudWatch Logs encrypts with its own key; one of our own costs $1 a month.',
	CKV_AWS_173: 'The variables of functions are names of resources; none is a secret.',
	CKV_AWS_195: 'The log of the crawler has file names and counts of columns; CloudWatch encrypts it.',
};

/** Warnings of cfn-lint that no template has to follow. */
const ignored = [
	// The CDK adds a dependency on a role so that its policy exists too, which a reference to the role does not say.
	'W3005',
];

describe('the CloudFormation templates', () => {
	let folder: string;
	let templates: string[];
	let tools: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'shoplake-templates-'));
		process.env.CDK_VALIDATION = 'false';
		const app = await createApp({
			outdir: folder,
			context: { 'aws:cdk:bundling-stacks': [], env: 'prod', budget: '20' },
		});
		app.synth();
		templates = (await readdir(folder))
			.filter((name) => name.endsWith('.template.json'))
			.map((name) => join(folder, name));
		tools = await pythonEnvironment({
			folder: join('.shoplake', 'template-linters'),
			requirements: join('test', 'support', 'template-linters', 'requirements.txt'),
			purpose: 'The check of templates',
		});
	}, 600_000);
	afterAll(() => rm(folder, { recursive: true }));

	test('are as cfn-lint wants them', async () => {
		expect(templates).toHaveLength(2);
		const { stdout } = await run(join(tools, 'cfn-lint'), ['--ignore-checks', ...ignored, '--', ...templates]);
		expect(stdout).toBe('');
	});

	test('have no finding of checkov without a reason here, and no reason here without a finding', async () => {
		const flags = ['--framework', 'cloudformation', '--output', 'json', '--skip-download', '--soft-fail', '--compact'];
		const { stdout } = await run(join(tools, 'checkov'), ['--file', ...templates, ...flags], {
			maxBuffer: 64 * 1024 ** 2,
		});
		const { results, summary } = JSON.parse(stdout) as {
			results: { failed_checks: { check_id: string; resource: string }[] };
			summary: { passed: number; parsing_errors: number };
		};
		expect(summary.parsing_errors).toBe(0);
		expect(summary.passed).toBeGreaterThan(400);
		const found = results.failed_checks.map(({ check_id }) => check_id);
		expect([...new Set(found)].sort()).toEqual(Object.keys(explained).sort());
	});
});
