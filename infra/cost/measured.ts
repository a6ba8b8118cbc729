import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CostRecord } from '../../tasks/operations/cost';

/** A step of a metered day; `generate` stands for the uploads. */
export interface MeteredStep extends Pick<CostRecord, 'requests' | 'dynamodb' | 'bytes_in' | 'bytes_out'> {
	readonly step: string;
	/** On the machine that measured. */
	readonly cpu_seconds: number;
	readonly peak_mib: number;
}

/** A day that was loaded and metered, by bench/cost.ts. */
export interface MeteredDay {
	readonly orders: number;
	/** How many days the lake had then, this one included. */
	readonly day: number;
	/** Records of all datasets. */
	readonly records: number;
	/** By how much the lake grew, by top-level prefix. */
	readonly stored_bytes: Readonly<Record<string, number>>;
	readonly steps: readonly MeteredStep[];
}

/** What was metered, the smallest day first. */
export const readMeteredDays = (): readonly MeteredDay[] =>
	JSON.parse(readFileSync(join(import.meta.dirname, 'measured.json'), 'utf8'));
