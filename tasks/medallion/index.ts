export { aggregate, planAggregate } from './gold';
export { rebuild } from './rebuild';
export { admissionsOf, clean } from './silver/clean';
export { withdraw } from './silver/withdraw';
