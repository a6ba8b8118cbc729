import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ingestBatch } from '../../../tasks/pipeline/bronze';
import { clean } from '../../../tasks/pipeline/silver';
import { inContext, readTable } from '../../support/context';
import { MemoryStore } from '../../support/memory-store';

test('the source that the page on sources shows loads an export as the page says', async () => {
	const page = await readFile('docs/sources.md', 'utf8');
	const block = (language: string, start: string) =>
		[...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))]
			.map(([, text = '']) => text)
			.find((text) => text.includes(start)) ?? '';
	const folder = await mkdtemp(join(tmpdir(), 'shoplake-own-source-'));
	try {
		await mkdir(join(folder, 'my-shop'));
		await writeFile(join(folder, 'my-shop', 'source.json'), block('json', 'My shop: sales export'));
		await writeFile(join(folder, 'my-shop', 'orders.sql'), block('sql', 'A row is an order of the export'));
		await writeFile(
			join(folder, 'sales.csv'),
			'no,customer,day,sku,pieces,price\n7,u1,2025-11-20 23:30:00+00,A,2,1.25\n7,u1,2025-11-20 23:30:00+00,B,1,10.00\n8,u2,2025-11-20 12:00:00+00,A,1,1.25\n',
		);
		await inContext({ store: new MemoryStore() }, async (context) => {
			const options = {
				sources: [join(folder, 'sales.csv')],
				map: join(folder, 'my-shop'),
				params: ['time_zone=Europe/Berlin'],
			};
			await ingestBatch(context, { batch: 'b', maxRejected: 0, ...options });
			await clean(context, { batches: ['b'] });
			const orders = await readTable(context, 'silver_orders');
			expect(orders.sort((a, b) => (String(a.order_id) < String(b.order_id) ? -1 : 1))).toEqual([
				{ order_id: '7', user_id: 'u1', order_date: '2025-11-21', total_amount: '12.50', status: 'completed' },
				{ order_id: '8', user_id: 'u2', order_date: '2025-11-20', total_amount: '1.25', status: 'completed' },
			]);
		});
	} finally {
		await rm(folder, { recursive: true });
	}
});
