/** How many times a property is tried; `SHOPLAKE_PROPERTY_RUNS` asks for more than the default. */
export const runs = (byDefault: number): number => Number(process.env.SHOPLAKE_PROPERTY_RUNS ?? byDefault);

/** A property is slow, the more so where many runs are asked for and where it shrinks a failure. */
export const timeLimitMs = 6 * 3600_000;
