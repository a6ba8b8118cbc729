import { defineGoldTable } from 'shoplake';

export default defineGoldTable({
	description: 'What each channel sells on a date: one row per channel.',
	partition: 'order_date',
	columns: {
		channel: { type: 'string', description: 'Amazon or Web shop.' },
		orders: { type: 'bigint', description: 'Orders that are not cancelled.' },
		revenue: { type: 'decimal(18,2)', description: 'The sum of their amounts.' },
		returned: { type: 'bigint', description: 'Orders of these that came back.' },
	},
	key: ['channel'],
});
