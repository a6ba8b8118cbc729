export { type InspectOptions, inspectFiles } from './inspect-files';
export type { InspectedFile, Landing } from './inspected-file';
export type { Match } from './match-file';
