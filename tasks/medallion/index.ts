export { aggregate, planAggregate } from './gold';
export { rebuild } from './rebuild';
export { admissionsOf, type BatchScope, clean, waitingBatches } from './silver/clean';
export { withdraw } from './silver/withdraw';
