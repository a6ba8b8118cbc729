import assert from 'node:assert/strict';
import { test } from 'node:test';
import { computeGoldTable } from 'shoplake/testing';

test('order_status counts the orders of a date by status, cancelled ones included', async () => {
	const order = (order_id, status, total_amount) => ({ order_id, status, total_amount, order_date: '2026-11-20' });
	const rows = await computeGoldTable('order_status', {
		orders: [order('1', 'completed', '10.00'), order('2', 'completed', '2.50'), order('3', 'cancelled', '7.00')],
	});
	assert.deepEqual(rows, [
		{ status: 'cancelled', orders: 1, revenue: '7.00', order_date: '2026-11-20' },
		{ status: 'completed', orders: 2, revenue: '12.50', order_date: '2026-11-20' },
	]);
});
