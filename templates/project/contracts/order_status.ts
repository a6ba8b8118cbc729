import { defineGoldTable } from 'shoplake';

export default defineGoldTable({
	description: 'The orders of a date by status: one row per status.',
	partition: 'order_date',
	columns: {
		status: { type: 'string', description: 'The status; cancelled orders are included.' },
		orders: { type: 'bigint', description: 'Orders.' },
		revenue: { type: 'decimal(18,2)', description: 'The sum of their amounts.' },
	},
	key: ['status'],
});
