export { type Account, accountsOf } from './silver/accounting';
export { admissionsOf, clean } from './silver/clean';
export { rebuildSilver } from './silver/rebuild';
export { withdraw } from './silver/withdraw';
