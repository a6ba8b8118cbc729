import fc from 'fast-check';
import * as z from 'zod';
import { partitionEntry, tableManifest } from '../../../tasks/lake/model';
import { areCertainlyPartitions } from '../../../tasks/lake/sound-partitions';

const slow = z.record(z.string(), partitionEntry);

const count = fc.nat();
const file = fc.record(
	{
		key: fc.constantFrom('silver/orders/order_date=2026-11-20/v=a/part-0.parquet', 'bronze/x', 'serving/a/b'),
		rows: count,
		bytes: count,
		sha256: fc.constantFrom('0'.repeat(64), 'abcdef0123456789'.repeat(4)),
	},
	{ requiredKeys: ['key', 'rows', 'bytes'] },
);
const outcomes = fc.record({ kept: count, duplicates: count, superseded: count, orphans: count });
const name = fc.string({ maxLength: 3 }).filter((text) => text !== '__proto__');
const entry = fc.record(
	{
		version: fc.string(),
		files: fc.array(file, { maxLength: 3 }),
		rows: count,
		fingerprint: fc.string(),
		inputs: fc.dictionary(name, fc.string()),
		labels: fc.dictionary(name, outcomes),
		facts: fc.dictionary(name, fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }))),
	},
	{ requiredKeys: ['version', 'files', 'rows', 'fingerprint'] },
);
const partitions = fc.dictionary(fc.constantFrom('2026-11-20', 'all', 'none', '0044-01-01 (BC)'), entry, {
	minKeys: 1,
});
/** As JSON gives them: with plain prototypes, without -0. */
const parsed = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** What may stand in the place of a value, or be added to an object. */
const odd = fc.oneof(
	fc.constantFrom<unknown>(null, true, -1, 0.5, 2 ** 53, 'x', '', '../x', 'silver//x', 'ABC', [], {}, [1], { a: 1 }),
	fc.jsonValue({ maxDepth: 2 }),
);
const names = ['key', 'rows', 'sha256', 'version', 'inputs', 'labels', 'facts', '__proto__', 'constructor', 'other'];
type Mutation = {
	readonly kind: 'replace' | 'delete' | 'add';
	readonly at: number;
	readonly name: string;
	readonly value: unknown;
};
const mutation: fc.Arbitrary<Mutation> = fc.record({
	kind: fc.constantFrom('replace', 'delete', 'add'),
	at: fc.nat(),
	name: fc.constantFrom(...names),
	value: odd,
});

/** JSON with one member changed somewhere. */
function mutate(value: unknown, { kind, at, name, value: other }: Mutation): unknown {
	const places: [holder: Record<string, unknown>, member: string][] = [];
	const visit = (holder: unknown) => {
		if (typeof holder !== 'object' || holder === null) return;
		for (const [member, inner] of Object.entries(holder)) {
			places.push([holder as Record<string, unknown>, member]);
			visit(inner);
		}
	};
	const root: Record<string, unknown> = { root: value };
	visit(root);
	const [holder, member] = places[at % places.length] ?? [root, 'root'];
	if (kind === 'replace') holder[member] = other;
	else if (kind === 'delete') delete holder[member];
	else Object.defineProperty(holder, name, { value: other, enumerable: true, configurable: true, writable: true });
	return parsed(root).root;
}

it('sound partitions are known as such', () => {
	fc.assert(fc.property(partitions, (value) => expect(areCertainlyPartitions(parsed(value))).toBe(true)));
});

it('what is taken for partitions is what the schema returns, whatever was changed in them', () => {
	let taken = 0;
	fc.assert(
		fc.property(partitions, fc.array(mutation, { minLength: 1, maxLength: 2 }), (value, mutations) => {
			const changed = mutations.reduce(mutate, parsed(value) as unknown);
			if (!areCertainlyPartitions(changed)) return;
			taken++;
			expect(slow.safeParse(changed)).toStrictEqual({ success: true, data: changed });
		}),
		{ numRuns: 500 },
	);
	expect(taken).toBeGreaterThan(10);
});

it('a manifest without partitions is none, and what is wrong with one is said with its place', () => {
	const manifest = { format: 2, table: 'gold_order_kpis', contract: 1 };
	expect(tableManifest.safeParse(manifest).success).toBe(false);
	const damaged = { all: { version: 'a', files: [], rows: 'many', fingerprint: '' } };
	const { error } = tableManifest.safeParse({ ...manifest, partitions: damaged });
	expect(error?.issues).toMatchObject([
		{ path: ['partitions', 'all', 'rows'], message: expect.stringMatching(/number/) },
	]);
});

it('a member that the schema does not know is left out, as before', () => {
	const entry = { version: 'a', files: [], rows: 0, fingerprint: '' };
	const manifest = { format: 2, table: 'gold_order_kpis', contract: 1, partitions: { all: { ...entry, later: 1 } } };
	expect(tableManifest.parse(manifest).partitions).toEqual({ all: entry });
});
