import { sealedTables } from './sealed-set';

export { type SealingOptions, sealStreams } from './seal';

/** Tables that a rollback leaves as they are: they tell of Bronze, and of what was sent to people. */
export const streamTables: readonly string[] = [...sealedTables];
