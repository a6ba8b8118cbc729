export type { Kind, RuleKind } from './dirt';
export { type Format, formats } from './encode';
export { eventLines } from './event-lines';
export type { GeneratedFile } from './files';
export { generate } from './generate';
export { type GeneratedDay, generateFiles } from './generate-files';
export { type IdKind, idKinds } from './ids';
export type { DayOptions } from './options';
export { type ExpectedLabels, expectedLabels, type Planted } from './planted';
