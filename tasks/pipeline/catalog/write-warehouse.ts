import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { athenaDdl } from './athena-ddl';
import { definitions } from './definition';

const folder = join('sql', 'warehouse', 'athena');
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
for (const definition of definitions) writeFileSync(join(folder, `${definition.name}.sql`), athenaDdl(definition));
