/**
 * The value of a name that a user chose, such as a batch's id, in an object that has values by such names. Only what the
 * object itself has counts: every object of JavaScript also inherits values called `constructor` and `toString`.
 */
export function lookUp<T>(values: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
	return values !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
}
