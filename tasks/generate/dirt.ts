import { datasets, type Field } from '../contracts';
import type { Random } from '../platform/random';
import { formatTime, toDate } from './calendar';
import type { CorruptRecord } from './encode';
import type { GeneratedDataset } from './generated-datasets';

/** Dirt that ingestion rejects, named after the rule that it breaks. */
export const brokenRules = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type BrokenRule = (typeof brokenRules)[number];
/**
 * All kinds of dirt. Besides the broken rules: `duplicate`, an exact copy of a line; `late`, a record of an earlier date
 * that arrives for the first time; `change`, a new status of an order of an earlier day; `unknown_order` and
 * `unknown_product`, references to an order or product that never arrives.
 */
export type DirtKind = BrokenRule | 'duplicate' | 'late' | 'change' | 'unknown_order' | 'unknown_product';

/** The kinds of dirt of each dataset, in the order of their rotation. */
const dirtKinds: Readonly<Record<GeneratedDataset, readonly DirtKind[]>> = {
	orders: [
		'duplicate',
		'change',
		'unparsable',
		'late',
		'missing',
		'duplicate',
		'type',
		'change',
		'enum',
		'late',
		'range',
		'future',
	],
	order_items: ['duplicate', 'unknown_product', 'unparsable', 'missing', 'unknown_order', 'type', 'range'],
	products: ['missing', 'duplicate', 'range', 'unparsable', 'type'],
	events: ['duplicate', 'late', 'unparsable', 'missing', 'type', 'unknown_product', 'enum', 'range', 'future'],
};
/** Catalogues are cleaner than orders: their share of dirt is smaller by this factor. */
const productsCleanliness = 4;

/** Schedules the dirty records of a dataset: after which clean record, and of which kind. */
export class DirtSchedule {
	private readonly order: readonly DirtKind[];
	/** Clean records per dirty one; infinite without dirt. */
	private readonly spacing: number;
	private readonly first: number;
	private clean = 0;
	private dirty = 0;
	private next: number;

	/** `share` is the share of dirty records; each day starts the rotation at a different kind. */
	constructor(
		dataset: GeneratedDataset,
		share: number,
		dayNumber: number,
		private readonly random: Random,
	) {
		const cleanliness = dataset === 'products' ? productsCleanliness : 1;
		this.spacing = (cleanliness * (1 - share)) / share;
		this.order = dirtKinds[dataset];
		this.first = dayNumber % this.order.length;
		this.next = this.place();
	}

	countClean(): void {
		this.clean++;
	}

	/** The kind of the next dirty record that is due; undefined if none is. Call it until then. */
	due(): DirtKind | undefined {
		if (this.clean < this.next) return undefined;
		const kind = this.order[(this.first + this.dirty) % this.order.length] as DirtKind;
		this.dirty++;
		this.next = this.place();
		return kind;
	}

	/** A place in the second half of the next interval, so that a short file does not exceed its share. */
	private place(): number {
		return (this.dirty + 0.5 + this.random.unit() / 2) * this.spacing;
	}
}

/** The record with one corrupted field, so that it breaks exactly the given rule; `random` chooses the field and the value. */
export function corrupt(
	dataset: GeneratedDataset,
	rule: Exclude<BrokenRule, 'unparsable'>,
	record: CorruptRecord,
	{ random, dayNumber }: { random: Random; dayNumber: number },
): CorruptRecord {
	const { fields, eventTime } = datasets[dataset];
	const all = Object.entries<Field>(fields);
	const pickField = (fits: (field: Field) => boolean) => random.pick(all.filter(([, field]) => fits(field)));
	switch (rule) {
		case 'missing': {
			const [name] = pickField((field) => field.required);
			return { ...record, [name]: random.pick([undefined, null, '', '  ']) };
		}
		case 'type': {
			const [name, { type }] = pickField((field) => field.type in invalidTexts);
			return { ...record, [name]: random.pick(invalidTexts[type] as readonly string[]) };
		}
		case 'enum': {
			const [name] = pickField((field) => field.oneOf !== undefined);
			return { ...record, [name]: random.pick(['shipped', 'unheard-of', '?']) };
		}
		case 'range': {
			const [name, field] = pickField((candidate) => valuesOutside(candidate).length > 0);
			return { ...record, [name]: random.pick(valuesOutside(field)) };
		}
		case 'future': {
			// Years ahead, so that it is in the future for any batch.
			const date = toDate(dayNumber + 730 + random.below(3650));
			return { ...record, [eventTime as string]: formatTime(date, random.below(86_400)) };
		}
	}
}

/** A truncated line, or one that is not a record at all. */
export function makeUnparsable(line: string, random: Random): string {
	return random.below(3) === 0
		? '<html><head><title>502 Bad Gateway</title></head></html>'
		: line.slice(0, Math.max(1, random.below(Math.floor(line.length * 0.6))));
}

/** Texts that are invalid for a type. */
const invalidTexts: Readonly<Partial<Record<Field['type'], readonly string[]>>> = {
	int: ['two', '2.5', '3000000000'],
	double: ['good', 'n/a'],
	'decimal(12,2)': ['free', '12,50', '99999999999.99'],
	date: ['yesterday', '2026-02-30', '20/13/2026'],
	timestamp: ['just now', '2026-02-30T10:00:00Z', '25:61'],
};

/** Values just outside and far outside of a field's range. */
function valuesOutside({ atLeast, moreThan, atMost, type }: Field): (string | number)[] {
	const outside = [
		...(moreThan === undefined ? [] : [moreThan, moreThan - 1]),
		...(atLeast === undefined ? [] : [atLeast - 1, atLeast - 100]),
		...(atMost === undefined ? [] : [atMost + 1, atMost * 20]),
	];
	return type === 'decimal(12,2)' ? outside.map((value) => value.toFixed(2)) : outside;
}
