import { readFile } from 'node:fs/promises';
import { datasets, gadgetSalesView, liveOrders, quotes, tables } from '../../../../tasks/contracts';
import { renderDataCatalog } from '../../../../tasks/pipeline/catalog/data-catalog';

const page = renderDataCatalog(Object.values(datasets), tables, [liveOrders, gadgetSalesView], quotes);

it('is fresh: docs/data-catalog.md is what `npm run docs:catalog` writes', async () => {
	expect(await readFile('docs/data-catalog.md', 'utf8')).toBe(page);
});

it('states rules, keys, partitions and meanings', () => {
	expect(page).toContain('| `quantity` | int | yes | > 0 | Units sold. |');
	expect(page).toContain('| `high` | decimal(15,6) | yes | ≥ 0, the highest | Highest price. |');
	expect(page).toContain('| `category` | string | yes | ≤ 1024 bytes of UTF-8 |');
	expect(page).toContain('| `order_date` | date | yes | ≥ 1970-01-01, offset within ±14:00 |');
	expect(page).toContain('| `day` | string (partition) | no | The UTC date of delivery, as YYYY/MM/DD. |');
	expect(page).toContain('- Key: `order_id, line_number`, or, if its last column is null, `order_id, product_id`');
	expect(page).toContain('| `order_date` | date (partition) | no | The UTC date of the orders. |');
	expect(page).toContain(
		'| `days_of_cover` | decimal(18,1) | yes | Stock ÷ exact daily demand, to one place; null without demand. |',
	);
});
