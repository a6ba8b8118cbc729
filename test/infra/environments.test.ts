import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createApp } from '../../infra/bin/create-app';
import { Budget } from '../../infra/operations/budget';
import { listGrants } from './support/grants';
import { summarizeGrants } from './support/summarize-grants';
import { assemblyFolder, makeApp, makeStack } from './support/synth';

/** Makes the CDK app with this context, as `cdk --context` gives it. */
function createAppWith(context: Readonly<Record<string, string>>): Promise<App> {
	process.env.CDK_VALIDATION = 'false';
	process.env.CDK_CONTEXT_JSON = JSON.stringify({ 'aws:cdk:bundling-stacks': [], ...context });
	return createApp({ outdir: assemblyFolder() }).finally(() => {
		delete process.env.CDK_CONTEXT_JSON;
	});
}

test('prod can’t be deleted by mistake; dev and a stack without an environment can', () => {
	const isProtected = (props: Parameters<typeof makeStack>[0]) => makeStack(props).terminationProtection;
	expect(isProtected({ environment: 'prod' })).toBe(true);
	expect(isProtected({ environment: 'dev' })).toBe(false);
	expect(isProtected({})).toBe(false);
});

test.each([
	['dev', 7],
	['staging', 30],
	['prod', 90],
] as const)('%s keeps the log of the tasks for %i days, and tags what it has', async (env, days) => {
	const app = await createAppWith({ env });
	const template = Template.fromStack(app.node.findChild('Shoplake') as Stack);
	template.hasResourceProperties('AWS::Logs::LogGroup', {
		RetentionInDays: days,
		Tags: [
			{ Key: 'application', Value: 'shoplake' },
			{ Key: 'environment', Value: env },
		],
	});
});

test('the app refuses an environment and a budget that it can’t read', async () => {
	await expect(createAppWith({ env: 'production' })).rejects.toThrow(
		'env=production: the environments are dev, staging, prod.',
	);
	await expect(createAppWith({ budget: '20 EUR' })).rejects.toThrow('budget=20 EUR: it is a number of US dollars');
});

test('the app has a budget only if it is asked for', async () => {
	const stacks = (app: App) => app.node.children.filter(Stack.isStack).map(({ stackName }) => stackName);
	expect(stacks(await createAppWith({}))).toEqual(['Shoplake']);
	expect(stacks(await createAppWith({ budget: '20' }))).toEqual(['Shoplake', 'ShoplakeBudget']);
});

test('a budget warns at 80 % of the month’s dollars, and when the forecast exceeds them', () => {
	const template = Template.fromStack(new Budget(makeApp(), 'Budget', { usd: 20 }));
	const notification = (NotificationType: string, Threshold: number) => ({
		Notification: { NotificationType, ComparisonOperator: 'GREATER_THAN', Threshold, ThresholdType: 'PERCENTAGE' },
		Subscribers: [{ SubscriptionType: 'EMAIL', Address: { Ref: 'BudgetEmail' } }],
	});
	template.hasResourceProperties('AWS::Budgets::Budget', {
		Budget: { BudgetType: 'COST', TimeUnit: 'MONTHLY', BudgetLimit: { Amount: 20, Unit: 'USD' } },
		NotificationsWithSubscribers: [notification('ACTUAL', 80), notification('FORECASTED', 100)],
	});
});

test('ingest may read the buckets that the deployment names, and no other step may', () => {
	const template = Template.fromStack(makeStack({ sourceBuckets: ['shop-exports'] }));
	const onSources = (role: string) =>
		Object.fromEntries(
			Object.entries(summarizeGrants(listGrants(template, role))).flatMap(([action, resources]) => {
				const sources = resources.filter((resource) => resource.includes('shop-exports'));
				return sources.length === 0 ? [] : [[action, sources]];
			}),
		);
	expect(Object.keys(onSources('TasksIngestRole')).sort()).toEqual(['s3:GetObject', 's3:ListBucket']);
	expect(JSON.stringify(onSources('TasksIngestRole'))).toContain('s3:::shop-exports/*');
	expect(onSources('TasksCleanRole')).toEqual({});
});
