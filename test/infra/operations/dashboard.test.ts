import { synthesize } from '../support/synth';

test('the dashboard shows failed tasks, alarms, waiting messages, deliveries, writes and the size of the lake', () => {
	const [dashboard] = Object.values(synthesize().findResources('AWS::CloudWatch::Dashboard'));
	const parts = (dashboard?.Properties.DashboardBody['Fn::Join'][1] ?? []) as unknown[];
	const { widgets } = JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'name')).join(''));
	expect(
		widgets.map(({ type, properties }: { type: string; properties: { title: string } }) => [type, properties.title]),
	).toEqual([
		['log', 'Failed tasks, and how to fix them'],
		['alarm', 'Alarms'],
		['metric', 'Waiting messages and dead letters: batches, quotes, dropped files'],
		['metric', 'Events received, and the age of the oldest undelivered one in seconds'],
		['metric', 'Writes to the KPI tables'],
		['metric', 'Size of the lake'],
	]);
	expect(widgets[0].properties.query).toContain("| filter level = 'error'");
});

test('the dashboard is left out if the deployment says so', () => {
	const template = synthesize();
	const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
	expect(template.toJSON().Conditions[dashboard?.Condition]).toEqual({ 'Fn::Equals': [{ Ref: 'Dashboard' }, 'on'] });
	template.hasParameter('Dashboard', { AllowedValues: ['on', 'off'], Default: 'on' });
});
