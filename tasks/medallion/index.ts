export { aggregate, planAggregate } from './gold';
export { rebuild } from './rebuild';
export { admissionsOf, clean } from './silver/clean';
export { createUnknown } from './silver/unknown-keys';
export { withdraw } from './silver/withdraw';
