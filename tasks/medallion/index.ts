export { aggregate, planAggregate } from './gold';
export { rebuild } from './rebuild';
export { admissionsOf, type BatchScope, clean, waitingBatches } from './silver/clean';
export { createUnknown } from './silver/unknown-keys';
export { withdraw } from './silver/withdraw';
