import type { TableColumn } from './column';

/** A column that Silver adds to the record's own, computed from the typed fields; a record breaks the rule `type` if the result doesn't fit. */
export interface DerivedColumn extends TableColumn {
	/** SQL of the result, from the SQL of a field. */
	readonly sql: (value: (field: string) => string) => string;
	/** Whether the result fits the column's type, from the value of a field: a number to compare, NaN without one. */
	readonly fits: (value: (field: string) => number) => boolean;
}

/** One more than the most cents of the type. */
const tooManyCents = 10n ** 18n;

/** An amount of money: a field of whole numbers times a field of money. */
export const lineAmount = (
	column: { readonly name: string; readonly description: string },
	[count, money]: readonly [count: string, money: string],
): DerivedColumn => ({
	...column,
	type: 'decimal(18,2)',
	nullable: false,
	// Wide enough for any result.
	sql: (value) => `cast(${value(count)} as decimal(20,0)) * ${value(money)}`,
	fits: (value) => {
		const cents = Math.round(value(money) * 100);
		if (Number.isNaN(value(count) + cents)) return true;
		const product = BigInt(value(count)) * BigInt(cents);
		return -tooManyCents < product && product < tooManyCents;
	},
});
