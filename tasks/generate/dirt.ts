import { datasets, type Field } from '../contracts';
import type { Random } from '../platform/random';
import { formatTime, toDate } from './calendar';
import type { Spoilt } from './encode';
import type { MadeDataset } from './made-datasets';

/** Dirt that ingestion rejects, by the name of the rule it breaks. */
export const ruleKinds = ['unparsable', 'missing', 'type', 'enum', 'range', 'future'] as const;
export type RuleKind = (typeof ruleKinds)[number];
/**
 * All dirt. Beside the broken rules: `duplicate`, the same line once more; `late`, a record of an earlier date that
 * arrives for the first time; `change`, a new status of an order of an earlier day; `unknown_order` and
 * `unknown_product`, what refers to something that never comes.
 */
export type Kind = RuleKind | 'duplicate' | 'late' | 'change' | 'unknown_order' | 'unknown_product';

/** Each dataset's kinds, in the order in which they come round. */
const kinds: Readonly<Record<MadeDataset, readonly Kind[]>> = {
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
/** A catalogue is kept with more care than orders are typed: its share of dirt is so much smaller. */
const productsCare = 4;

/** Says after which clean records of a dataset a dirty one follows, and of which kind. */
export class DirtSchedule {
	private readonly order: readonly Kind[];
	/** Clean records for one dirty one; infinite without dirt. */
	private readonly spacing: number;
	private readonly first: number;
	private clean = 0;
	private dirty = 0;
	private next: number;

	/** `share` is that of dirty records among all; each day begins at another kind. */
	constructor(
		dataset: MadeDataset,
		share: number,
		dayNumber: number,
		private readonly random: Random,
	) {
		const care = dataset === 'products' ? productsCare : 1;
		this.spacing = (care * (1 - share)) / share;
		this.order = kinds[dataset];
		this.first = dayNumber % this.order.length;
		this.next = this.place();
	}

	countClean(): void {
		this.clean++;
	}

	/** The kind of the dirty record that is due now; undefined where none is. Ask again until it says so. */
	due(): Kind | undefined {
		if (this.clean < this.next) return undefined;
		const kind = this.order[(this.first + this.dirty) % this.order.length] as Kind;
		this.dirty++;
		this.next = this.place();
		return kind;
	}

	/** Somewhere in the second half of the next stretch, so that no short file is dirtier than asked for. */
	private place(): number {
		return (this.dirty + 0.5 + this.random.unit() / 2) * this.spacing;
	}
}

/** The record with one field spoilt, so that it breaks exactly the rule named; `random` chooses which and how. */
export function spoil(
	dataset: MadeDataset,
	rule: Exclude<RuleKind, 'unparsable'>,
	record: Spoilt,
	{ random, dayNumber }: { random: Random; dayNumber: number },
): Spoilt {
	const { fields, eventTime } = datasets[dataset];
	const all = Object.entries<Field>(fields);
	const among = (fits: (field: Field) => boolean) => random.pick(all.filter(([, field]) => fits(field)));
	switch (rule) {
		case 'missing': {
			const [name] = among((field) => field.required);
			return { ...record, [name]: random.pick([undefined, null, '', '  ']) };
		}
		case 'type': {
			const [name, { type }] = among((field) => field.type in notOfType);
			return { ...record, [name]: random.pick(notOfType[type] as readonly string[]) };
		}
		case 'enum': {
			const [name] = among((field) => field.oneOf !== undefined);
			return { ...record, [name]: random.pick(['shipped', 'unheard-of', '?']) };
		}
		case 'range': {
			const [name, field] = among((of) => bounds(of).length > 0);
			return { ...record, [name]: random.pick(bounds(field)) };
		}
		case 'future': {
			// A clock that is years ahead: later than any batch that holds the record could allow.
			const date = toDate(dayNumber + 730 + random.below(3650));
			return { ...record, [eventTime as string]: formatTime(date, random.below(86_400)) };
		}
	}
}

/** A line that is cut off, or that was never a record. */
export function unparsable(line: string, random: Random): string {
	return random.below(3) === 0
		? '<html><head><title>502 Bad Gateway</title></head></html>'
		: line.slice(0, Math.max(1, random.below(Math.floor(line.length * 0.6))));
}

/** Texts that are not of a type. */
const notOfType: Readonly<Partial<Record<Field['type'], readonly string[]>>> = {
	int: ['two', '2.5', '3000000000'],
	double: ['good', 'n/a'],
	'decimal(12,2)': ['free', '12,50', '99999999999.99'],
	date: ['yesterday', '2026-02-30', '20/13/2026'],
	timestamp: ['just now', '2026-02-30T10:00:00Z', '25:61'],
};

/** Values just and far outside of what a field may hold. */
function bounds({ atLeast, moreThan, atMost, type }: Field): (string | number)[] {
	const outside = [
		...(moreThan === undefined ? [] : [moreThan, moreThan - 1]),
		...(atLeast === undefined ? [] : [atLeast - 1, atLeast - 100]),
		...(atMost === undefined ? [] : [atMost + 1, atMost * 20]),
	];
	return type === 'decimal(12,2)' ? outside.map((value) => value.toFixed(2)) : outside;
}
