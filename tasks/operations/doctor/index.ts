export { checkHealth, summarizeHealth } from './check-health';
export type { CheckResult } from './health-check';
