/** Fills the `{slots}` of a statement under `sql/` with SQL; throws if a slot has no value or a value has no slot. */
export function fill(sql: string, slots: Readonly<Record<string, string>>): string {
	const unused = new Set(Object.keys(slots));
	const filled = sql.replace(/^--.*$/gm, '').replace(/\{(\w+)\}/g, (slot, name: string) => {
		const value = slots[name];
		if (value === undefined) throw new Error(`nothing to put into ${slot}`);
		unused.delete(name);
		return value;
	});
	if (unused.size > 0) throw new Error(`no slot for ${[...unused].join(', ')}`);
	return filled;
}
