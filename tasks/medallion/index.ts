export { aggregate, planAggregate } from './gold';
export { rebuild } from './rebuild';
export { type Account, accountsOf } from './silver/accounting';
export { admissionsOf, clean } from './silver/clean';
export { withdraw } from './silver/withdraw';
