import { engineNames } from '../engine/names';
import type { EngineChoice } from '../pipeline/with-engine';
import { UsageError } from '../platform/errors';

/** The flags that choose what computes a task's tables. */
export const engineOptions = {
	engine: {
		choices: engineNames,
		default: 'duckdb' as const,
		describe: 'What computes the tables: duckdb in this process, or athena for more than one machine holds',
	},
	'max-scanned': {
		type: 'string',
		describe: 'With --engine athena, the most data that it may scan: such as 500GiB or 2TiB; no limit by default',
	},
} as const;

const units = { MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 } as const;

/** Throws UsageError where the limit is no size. */
export function parseEngine(args: {
	readonly engine: EngineChoice['engine'];
	readonly maxScanned?: string | undefined;
}): EngineChoice {
	const { engine, maxScanned } = args;
	if (maxScanned === undefined) return { engine };
	const [, number, unit] = /^(\d+(?:\.\d+)?)\s*(MiB|GiB|TiB)$/.exec(maxScanned.trim()) ?? [];
	if (number === undefined) {
		throw new UsageError(`--max-scanned '${maxScanned}' is not a size: write a number and MiB, GiB or TiB (500GiB).`);
	}
	return { engine, maxScanned: Number(number) * units[unit as keyof typeof units] };
}
