import { notify } from '../../../tasks/filedrop/notify';
import { inContext } from '../../support/context';
import { createMemoryDrop } from './memory-drop';

/** The lines of the alert about a batch of so many files. */
async function alertAbout(files: number): Promise<string[]> {
	const lab = createMemoryDrop({ MIN_ORDER_FILES: '1', MIN_ITEM_FILES: '0', MIN_PRODUCT_FILES: '0' });
	const names = Array.from({ length: files }, (_, index) => `orders_${String(index + 1).padStart(5, '0')}.csv`);
	lab.drop(Object.fromEntries(names.map((name) => [name, 'order_id\n'])));
	const { batch } = await lab.gate();
	const failure = { batch: String(batch), step: 'ingest', reason: 'The disk is full.', dryRun: true };
	const outcome = await inContext({ store: lab.lake }, (context) => notify(context, lab.place, failure));
	expect(outcome.files).toEqual(names);
	return String(outcome.message).split('\n');
}

test('an alert names all of a few files', async () => {
	expect((await alertAbout(2))[2]).toBe('Files: orders_00001.csv, orders_00002.csv in s3://lake/incoming/');
});

test('an alert about many files names the first ten, so that it stays below the limit of SNS and shows the reason', async () => {
	const lines = await alertAbout(3000);
	expect(lines[2]).toMatch(
		/^Files: orders_00001\.csv, .*, orders_00010\.csv and 2990 more in s3:\/\/lake\/incoming\/$/,
	);
	expect(lines[4]).toBe('The disk is full.');
});
