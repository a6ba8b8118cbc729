export type { Finding } from './check';
export { diagnose, examine } from './examine';
