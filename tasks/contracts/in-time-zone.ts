import { utc } from '../platform/time-zone';
import type { Field } from './column';
import type { Contract } from './dataset';

const isTime = ({ type }: Field): boolean => type === 'date' || type === 'timestamp';

/** Whether a contract has dates or times. */
export const hasTimes = ({ fields }: Pick<Contract, 'fields'>): boolean => Object.values(fields).some(isTime);

/**
 * A contract by whose dates and times the days of a zone count. With UTC it is the contract itself. Its digest is another
 * one if it has such fields, so that batches which another zone has typed are known.
 */
export function inTimeZone<C extends Contract>(contract: C, timeZone: string): C {
	if (timeZone === utc) return contract;
	const fields = Object.entries<Field>(contract.fields).map(([name, field]) => [
		name,
		isTime(field) ? { ...field, timeZone } : field,
	]);
	return { ...contract, fields: Object.fromEntries(fields) };
}
