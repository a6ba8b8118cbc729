import type { Admissions } from './admissions';
import { judge, Numeral, type SourceRecord, type Value } from './records';
import { listRecords } from './silver';

/**
 * What is admitted as if a person had never been there: without the person's orders and events, and without the lines of
 * orders that no sound record gives to somebody else.
 */
export function withoutPerson(admissions: Admissions, person: string): Admissions {
	const orders = new Set<string>();
	const others = new Set<string>();
	for (const version of admissions.live().filter(({ dataset }) => dataset === 'orders')) {
		for (const record of listRecords(version)) {
			const judged = judge('orders', record, version.asOf);
			if (field(record, 'user_id') === person) orders.add(field(record, 'order_id'));
			else if ('typed' in judged) others.add(String(judged.typed.order_id));
		}
	}
	for (const order of others) orders.delete(order);
	return admissions.without(
		(dataset, record) =>
			field(record, 'user_id') === person || (dataset === 'order_items' && orders.has(field(record, 'order_id'))),
	);
}

const field = (record: SourceRecord, name: string): string =>
	typeof record === 'string' ? '' : text(record[name]).trim();

/** JSON numbers of one value are one text, however they are spelt; in CSV they are texts already. */
const text = (value: Value | undefined): string =>
	value instanceof Numeral ? String(Number(value.text)) : String(value ?? '');
