export { type BatchScope, clean, listAdmissions, waitingBatches } from './clean';
export { createUnknown } from './unknown-keys';
export { withdraw } from './withdraw';
