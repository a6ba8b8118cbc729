import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tables } from '../../contracts';
import { tableauSource } from './tableau-source';

const folder = join('sql', 'dashboards', 'tableau');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const table of tables) {
	if (table.layer === 'gold') writeFileSync(join(folder, `${table.name}.tds`), tableauSource(table));
}
