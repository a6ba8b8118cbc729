import { listGrants } from '../support/grants';
import { summarizeGrants } from '../support/summarize-grants';
import { synthesize } from '../support/synth';

test('a producer may send events and put orders, and read nothing', () => {
	expect(summarizeGrants(listGrants(synthesize(), 'ProducerPolicy'))).toEqual({
		'firehose:PutRecord': ['EventsStream'],
		'firehose:PutRecordBatch': ['EventsStream'],
		'execute-api:Invoke': ['EventEntryApi/$default/POST/events'],
		'dynamodb:PutItem': ['LiveOrdersOrderTable'],
	});
});
