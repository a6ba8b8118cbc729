import type { ListedTable } from '../query/list-tables';
import { tablesText } from '../query/tables-text';
import { defineTask } from './define-task';

export const tables = defineTask({
	command: 'tables',
	describe: 'List the tables of the lake with their rows, dates and sizes',
	about:
		'Lists every table that `query` reads. rows, partitions, newest (date) and bytes are those of one head; they are empty where a head does not say. Bytes are those of the compressed files. Reads: the newest head, or head --at N. Writes: nothing. Returns: head, tables.',
	options: {
		at: {
			type: 'number',
			integer: [1, 9_999_999_999],
			describe: 'Show head N instead of the newest head',
		},
	},
	run: async (context, { at }) => {
		const [{ listTables }, { listOwnTables }] = await Promise.all([
			import('../query/list-tables'),
			import('../project/project'),
		]);
		const lake = await context.lake();
		const snapshot = at === undefined ? await lake.newest() : await lake.at(at);
		const listed = await listTables(lake, snapshot, listOwnTables(await context.project()));
		return { status: 'done', head: snapshot.head.number, tables: listed.map((table) => ({ ...table })) };
	},
	show: ({ head, tables }) => `Head ${head}\n\n${tablesText(tables as unknown as readonly ListedTable[])}`,
});
