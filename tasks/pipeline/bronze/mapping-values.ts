import { UsageError } from '../../platform/errors';

/**
 * Throws UsageError, naming the place, where a mapping has a value that would be lost: a NUL, which ends SQL; the name
 * `__proto__`; a whole number that a double does not hold. `path` is the mapping's.
 */
export function checkMappingValues(path: string, value: unknown, place: readonly string[] = []): void {
	const where = `${path}: ${place.join('.') || 'the file'}`;
	if (typeof value === 'string' && value.includes('\0')) {
		throw new UsageError(`${where} has the character U+0000, which no column and no value can have.`);
	}
	if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER) {
		throw new UsageError(
			`${where} is a number of so many digits that some would be lost. Write it as text, in quotes.`,
		);
	}
	if (typeof value !== 'object' || value === null) return;
	for (const [name, part] of Object.entries(value)) {
		if (name === '__proto__') throw new UsageError(`${where} has no '__proto__' to be mapped.`);
		checkMappingValues(path, part, [...place, name]);
	}
}
