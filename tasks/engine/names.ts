/** What can compute the tables of the lake. */
export const engineNames = ['duckdb', 'athena'] as const;
export type EngineName = (typeof engineNames)[number];
