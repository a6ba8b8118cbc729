import { alarmsTable } from './alarms';
import { sealedTables } from './seal/sealed-set';

export { raiseAlarms } from './alarms';
export { type ReplayOptions, replayFailed } from './replay';
export { restoreStreamTables } from './restore';
export { type SealingOptions, sealStreams } from './seal/seal';

/** Tables that a rollback leaves as they are: they describe Bronze, and the alarms that people have got. */
export const streamTables: readonly string[] = [...sealedTables, alarmsTable];
