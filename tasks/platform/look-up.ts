/**
 * The value of a user-chosen name, such as a batch id, in an object with such names as keys. Only the object's own keys
 * count: every JavaScript object also inherits `constructor` and `toString`.
 */
export function lookUp<T>(values: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
	return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
