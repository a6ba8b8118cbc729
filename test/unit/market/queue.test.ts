import { Queue, type Received } from '../../../tasks/market/queue';

const message = (id: string): Received => ({ id, body: '{}', receipt: `receipt of ${id}`, receives: 1 });

/** A queue that fails to delete the receipts of a list, so often each; `asked` are the receipts of each request. */
function createFailingQueue(failures: Readonly<Record<string, number>>) {
	const left = new Map(Object.entries(failures));
	const asked: string[][] = [];
	const sqs = {
		send: async ({ input }: { input: { Entries: { Id: string; ReceiptHandle: string }[] } }) => {
			asked.push(input.Entries.map(({ ReceiptHandle }) => ReceiptHandle));
			const failed = input.Entries.filter(({ ReceiptHandle }) => {
				const times = left.get(ReceiptHandle) ?? 0;
				left.set(ReceiptHandle, times - 1);
				return times > 0;
			});
			return { Failed: failed.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) };
		},
	};
	return { queue: new Queue(sqs as never, 'https://sqs/StockQueue', 'SHOPLAKE_STOCK_QUEUE'), asked };
}

test('a message that SQS fails to delete is deleted by a further request, and no other one is', async () => {
	const { queue, asked } = createFailingQueue({ 'receipt of b': 2, 'receipt of c': 1 });
	await queue.delete(['a', 'b', 'c'].map(message));
	expect(asked).toEqual([
		['receipt of a', 'receipt of b', 'receipt of c'],
		['receipt of b', 'receipt of c'],
		['receipt of b'],
	]);
});

test('a message that SQS never deletes ends the work with exit code 75', async () => {
	const { queue, asked } = createFailingQueue({ 'receipt of b': 100 });
	await expect(queue.delete(['a', 'b'].map(message))).rejects.toMatchObject({
		exitCode: 75,
		message:
			'SQS did not delete 1 of 2 messages of https://sqs/StockQueue in 5 tries (InternalError). They are delivered again, which is harmless. Run it again later.',
	});
	expect(asked).toHaveLength(5);
});

test('no messages take no request', async () => {
	const { queue, asked } = createFailingQueue({});
	await queue.delete([]);
	expect(asked).toEqual([]);
});
