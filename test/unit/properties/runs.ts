const { SHOPLAKE_PROPERTY_RUNS: asked = '100%' } = process.env;

/**
 * How many times a property is tried. `SHOPLAKE_PROPERTY_RUNS` asks for another number than the default, `50`, or for a
 * share of it, `20%`; each is tried at least once.
 */
export function runs(byDefault: number): number {
	return asked.endsWith('%') ? Math.ceil((byDefault * Number(asked.slice(0, -1))) / 100) : Number(asked);
}

/** A property is slow, the more so where many runs are asked for and where it shrinks a failure. */
export const timeLimitMs = 6 * 3600_000;
