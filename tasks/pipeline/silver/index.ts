export { admissionsOf, type BatchScope, clean, waitingBatches } from './clean';
export { createUnknown } from './unknown-keys';
export { withdraw } from './withdraw';
