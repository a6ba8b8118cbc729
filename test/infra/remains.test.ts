import { remains } from '../../tasks/pipeline/forget/remains';
import { synthesize } from './support/synth';

const template = synthesize();
const days = (what: string) => remains.find((one) => one.what.startsWith(what))?.days;
const properties = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);

describe('what `forget` says of copies that expire by themselves is what the stack sets up', () => {
	test('the logs of the tasks', () => {
		const retentions = properties('AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays);
		expect(Math.max(...retentions)).toBe(days('CloudWatch'));
	});

	test('the results of Athena', () => {
		const rules = properties('AWS::S3::Bucket').flatMap(({ LifecycleConfiguration }) => LifecycleConfiguration.Rules);
		expect(rules).toContainEqual(expect.objectContaining({ Id: 'expire-results', ExpirationInDays: days('Athena') }));
	});

	test('DynamoDB keeps 35 days, the longest and the default that it offers', () => {
		for (const { PointInTimeRecoverySpecification } of properties('AWS::DynamoDB::Table')) {
			expect(PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true });
		}
		expect(days('DynamoDB')).toBe(35);
	});

	test('queues and streams hold records for at most as long', () => {
		const queues = properties('AWS::SQS::Queue').map(
			({ MessageRetentionPeriod = 4 * 86_400 }) => MessageRetentionPeriod,
		);
		expect(Math.max(...queues) / 86_400).toBeLessThanOrEqual(days('Firehose') as number);
	});
});
