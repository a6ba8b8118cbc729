const { SHOPLAKE_PROPERTY_RUNS: asked = '100%' } = process.env;

/**
 * How many times a property is tried. `SHOPLAKE_PROPERTY_RUNS` asks for another number than the default, `50`, or for a
 * share of it, `20%`; each is tried at least once.
 */
export function runs(byDefault: number): number {
	const [, number, isShare] = /^(\d+)(%?)$/.exec(asked) ?? [];
	if (number === undefined) throw new Error(`SHOPLAKE_PROPERTY_RUNS=${asked}: give a number, or a share such as 20%.`);
	return Math.max(1, isShare ? Math.ceil((byDefault * Number(number)) / 100) : Number(number));
}

/** A property is slow, the more so where many runs are asked for and where it shrinks a failure. */
export const timeLimitMs = 6 * 3600_000;
