export { type InspectOptions, inspectFiles } from './inspect-files';
export type { InspectedFile } from './inspected-file';
export type { Landing } from './landing';
export type { Match } from './match-file';
export type { PreviewedSource } from './preview-source';
