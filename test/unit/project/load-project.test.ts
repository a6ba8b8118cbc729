import { loadProject } from '../../../tasks/project';
import { contract, inProject, type ProjectFiles } from '../../support/project-folder';

const status = contract(`
	description: 'Orders of a date by status: one row per status.',
	partition: 'order_date',
	columns: {
		status: { type: 'string', description: 'The status.' },
		orders: { type: 'bigint', description: 'Orders.' },
	},
	key: ['status'],`);
const statusSql =
	'-- A row is a date and a status.\n-- Inputs: orders.\nselect order_date, status, count(*) as orders\nfrom orders\ngroup by order_date, status\n';
const files: ProjectFiles = { 'contracts/order_status.ts': status, 'sql/gold/order_status.sql': statusSql };

const load = (files: ProjectFiles) => inProject(files, loadProject);
const refusal = (files: ProjectFiles): Promise<string> =>
	load(files).then(
		() => 'accepted',
		(error: { message: string; exitCode: number }) => `${error.exitCode} ${error.message}`,
	);

it('loads settings and Gold tables from TypeScript, named after their files', async () => {
	const config = "export default { currency: 'EUR', timeZone: 'Europe/Berlin', retention: '30d', maxRejected: '2%' };";
	const project = await load({
		'shoplake.config.ts': config,
		'contracts/order-status.ts': status,
		'sql/gold/order-status.sql': statusSql,
		'sql/gold/order-status.audit.sql': '-- Inputs: order_status.\nselect order_date from order_status where orders < 1',
	});
	expect(project.config).toEqual({ currency: 'EUR', timeZone: 'Europe/Berlin', retention: '30d', maxRejected: '2%' });
	expect(project.goldTables).toEqual([
		{
			name: 'order_status',
			table: {
				name: 'gold_order_status',
				layer: 'gold',
				description: 'Orders of a date by status: one row per status.',
				columns: [
					{ name: 'status', type: 'string', nullable: false, description: 'The status.' },
					{ name: 'orders', type: 'bigint', nullable: false, description: 'Orders.' },
				],
				partition: { column: 'order_date', description: 'The UTC date of the orders.' },
			},
			key: ['status'],
			sql: statusSql,
			file: 'sql/gold/order-status.sql',
			contract: 'contracts/order-status.ts',
			audit: { sql: expect.stringContaining('where orders < 1'), file: 'sql/gold/order-status.audit.sql' },
			serving: undefined,
		},
	]);
});

it('takes a project without contracts', async () => {
	expect(await load({})).toMatchObject({ config: {}, goldTables: [] });
});

describe('a mistake is told with its file and key', () => {
	const changed = (from: string, to: string) =>
		refusal({ ...files, 'contracts/order_status.ts': status.replace(from, to) });

	test.each([
		["export default { currencies: 'EUR' };", 'shoplake.config.ts: currencies: is not a known key.'],
		[
			"export default { currency: 'euro' };",
			"shoplake.config.ts: currency: must be three capital letters of ISO 4217, such as 'EUR'.",
		],
		[
			"export default { timeZone: 'Berlin' };",
			"shoplake.config.ts: timeZone: must be the name of a time zone, such as 'Europe/Berlin'.",
		],
		[
			"export default { maxRejected: '200%' };",
			"shoplake.config.ts: maxRejected: must be a share, such as '5%' or '0.05'.",
		],
		[
			"export default { retention: '11h' };",
			"shoplake.config.ts: retention: must be days or at least 12 hours, such as '7d' or '36h'.",
		],
		['export const config = {};', 'shoplake.config.ts: it has no default export.'],
		["import './missing.ts';\nexport default {};", 'shoplake.config.ts: Cannot find module'],
		['export default {', 'shoplake.config.ts: '],
	])('%s', async (text, message) => {
		expect(await refusal({ 'shoplake.config.ts': text })).toMatch(
			new RegExp(`^78 ${message.replace(/[.?*()]/g, '\\$&')}`),
		);
	});

	test.each([
		["'bigint'", "'integer'", 'columns.orders.type: '],
		["description: 'Orders.'", "description: ''", 'columns.orders.description: must say what it is.'],
		["key: ['status']", "key: ['state']", "key.0: 'state' is not a column."],
		["partition: 'order_date'", "partition: 'day'", 'partition: '],
		[
			'orders: {',
			"order_date: { type: 'date', description: 'x' },\n\t\torders: {",
			'columns.order_date: is the partition column',
		],
		[
			"key: ['status'],",
			"key: ['status'], serving: { table: 'OrderStatus', key: ['status'] },",
			"serving.key: must hold 'order_date'",
		],
		[
			"key: ['status'],",
			"key: ['status'], serving: { table: 'OrderStatus', key: ['order_date'] },",
			"serving.key: lacks 'status'",
		],
		[
			"key: ['status'],",
			"key: ['status'], serving: { table: 'OrderKPIs', key: ['status', 'order_date'] },",
			'serving.table: shoplake itself writes to OrderKPIs.',
		],
	])('%s → %s', async (from, to, message) => {
		expect(await changed(from, to)).toContain(`78 contracts/order_status.ts: ${message}`);
	});

	it("refuses the name of one of the product's tables", async () => {
		expect(await refusal({ 'contracts/daily-sales.ts': status, 'sql/gold/daily-sales.sql': statusSql })).toBe(
			'78 contracts/daily-sales.ts: shoplake has a table gold_daily_sales of its own. Give the file another name.',
		);
	});

	test.each([
		['in a comment after a column', 'status, -- the status; as it came\n'],
		['after the shop’s apostrophe in a comment', "status, -- the shop's; as it came\n"],
		['in a quoted name', 'status as "a;b", status,'],
		['in a comment between asterisks', 'status, /* one; two */'],
	])('takes a semicolon that ends no statement: %s', async (_, column) => {
		const sql = statusSql.replace('status,', column);
		expect(await refusal({ ...files, 'sql/gold/order_status.sql': sql })).toBe('accepted');
	});

	it('asks for the statement of a contract', async () => {
		expect(await refusal({ 'contracts/order_status.ts': status })).toBe(
			'78 contracts/order_status.ts: there is no sql/gold/order_status.sql, the statement that computes the table.',
		);
	});

	it('refuses two contracts of one table', async () => {
		const second = { 'contracts/order-status.ts': status, 'sql/gold/order-status.sql': statusSql };
		expect(await refusal({ ...files, ...second })).toBe(
			'78 contracts/order_status.ts: contracts/order-status.ts defines the table gold_order_status, too.',
		);
	});

	test.each([
		[
			'select 1',
			"its header does not say what it reads. Begin with a comment such as '-- Inputs: orders, order_items.', with the full stop.",
		],
		[
			'-- Inputs: orders.\ndelete from orders',
			"the statement has to be one 'select', with or without 'with' before it.",
		],
		["-- Inputs: orders.\nselect ';' from orders; drop table x", "a file holds one statement, and this one has a ';'."],
		[
			'-- Inputs: orders.\nselect 1 -- one;\nfrom orders; select 2',
			"a file holds one statement, and this one has a ';'.",
		],
		[
			'-- Inputs: order_status.\nselect * from order_status',
			'statements read each other in a circle: order_status, order_status.',
		],
	])('%s', async (sql, message) => {
		expect(await refusal({ ...files, 'sql/gold/order_status.sql': sql })).toBe(
			`78 sql/gold/order_status.sql: ${message}`,
		);
	});

	const columns = (text: string) =>
		`import { defineColumns, keyText, optional, text, whole } from 'shoplake';\nexport default defineColumns({ ${text} });\n`;
	test.each([
		[
			"channel: text('x')",
			'columns.channel: must be optional(…): records from before it lack the column, and would all be rejected.',
		],
		["channel: { type: 'varchar', required: false, description: 'x' }", 'columns.channel.type: must be made by text, '],
		["channel: optional(text(''))", 'columns.channel.description: must say what it is.'],
		["channel: optional(text('x', { atLeast: 1 }))", 'columns.channel.atLeast: is not for a field of type string.'],
		["channel: optional(text('x', { unique: true }))", 'columns.channel.unique: is not a known key.'],
		["Channel: optional(text('x'))", 'columns.Channel: must be lower-case letters, digits and _.'],
		[
			"rank: optional(whole('x'))",
			"columns.rank: 'rank' is a name that shoplake uses itself: give the column another name.",
		],
		[
			"status: optional(text('x'))",
			'columns.status: shoplake has a column status of orders of its own. Give yours another name.',
		],
		['', 'columns: must have a column.'],
	])('columns of orders: %s', async (text, message) => {
		expect(await refusal({ 'contracts/orders.ts': columns(text) })).toContain(`78 contracts/orders.ts: ${message}`);
	});

	it('refuses columns of the date or of what Silver derives, and of a dataset that is not the product’s', async () => {
		const added = (dataset: string, name: string) =>
			refusal({ [`contracts/${dataset}.ts`]: columns(`${name}: optional(text('x'))`) });
		expect(await added('events', 'event_date')).toContain('shoplake has a column event_date of events of its own.');
		expect(await added('order_items', 'line_amount')).toContain('shoplake has a column line_amount of order_items');
		expect(await added('returns', 'reason')).toBe(
			'78 contracts/returns.ts: columns are added to a dataset of shoplake, and the file is named after it: orders, order_items, products, events, gadget_sales. A dataset of your own is made by defineDataset.',
		);
	});

	const returns = `import { day, defineDataset, keyText, moment, optional, text } from 'shoplake';
export default defineDataset({
	description: 'Goods that came back.',
	fields: {
		return_id: keyText('The return.'), returned_at: moment('When.'), checked_at: optional(moment('When.')), reason: optional(text('Why.')),
	},
	key: ['return_id', 'return_date'],
	eventTime: 'returned_at',
	partition: { column: 'return_date', description: 'The date.' },
});
`;
	test.each([
		["key: ['return_id', 'return_date']", "key: ['return_id']", "key: must hold 'return_date'"],
		["key: ['return_id', 'return_date']", "key: ['return_date']", 'key: must hold a field that tells the records'],
		["key: ['return_id'", "key: ['id'", "key.0: 'id' is not a field."],
		["key: ['return_id'", "key: ['reason'", "key.0: 'reason' must not be optional: it identifies the record."],
		["eventTime: 'returned_at'", "eventTime: 'date'", "eventTime: 'date' is not a field."],
		["eventTime: 'returned_at'", "eventTime: 'return_id'", "eventTime: 'return_id' is neither a moment nor a day."],
		["eventTime: 'returned_at'", "eventTime: 'checked_at'", "eventTime: 'checked_at' must not be optional"],
		["{ column: 'return_date'", "{ column: 'returned_at'", "partition.column: 'returned_at' is a field, too"],
		['partition: {', 'version: 0, partition: {', 'version: '],
	])('a dataset: %s → %s', async (from, to, message) => {
		expect(await refusal({ 'contracts/returns.ts': returns })).toBe('accepted');
		expect(await refusal({ 'contracts/returns.ts': returns.replace(from, to) })).toContain(
			`78 contracts/returns.ts: ${message}`,
		);
	});

	it('refuses a dataset with the name of one of the product’s, or with the date column of another one', async () => {
		expect(await refusal({ 'contracts/orders.ts': returns })).toBe(
			'78 contracts/orders.ts: shoplake has a dataset orders of its own. Give the file another name, or add columns to it by defineColumns.',
		);
		const dated = returns.replaceAll('return_date', 'order_date');
		expect(await refusal({ 'contracts/returns.ts': dated })).toBe(
			"78 contracts/returns.ts: partition.column: 'order_date' is the date of another dataset. Give it a name of its own.",
		);
	});
});
