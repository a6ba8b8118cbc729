export { admitAgain, type BatchScope, clean, listAdmissions, listIngested, waitingBatches } from './clean';
export { findUnknownKeys } from './unknown-keys';
export { withdraw } from './withdraw';
