import type { Field } from '../../contracts';
import type { Engine, FetchedBatches, Relation } from '../../engine';
import { identifier } from '../../platform/duckdb/quote';

/** A record's position in its batch: the file's place, then the line; 2^40 lines a file are enough. */
const position = `cast(_file as bigint) * ${2 ** 40} + _line`;

/**
 * The records of some batches, typed: content columns, `rank`, `position`, `copies` (1 each). Undefined where there are
 * none.
 */
export async function readRecords(engine: Engine, batches: FetchedBatches): Promise<Relation | undefined> {
	const rows = await engine.attachBatches(batches);
	if (!rows) return undefined;
	const content = Object.entries<Field>(batches.dataset.fields).map(
		([name, { type }]) => `cast(${identifier(name)} as ${engine.dialect.type(type)}) as ${identifier(name)}`,
	);
	return engine.view(`select ${content.join(', ')}, rank, ${position} as position, 1 as copies from ${rows.name}`);
}
