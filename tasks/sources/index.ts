export { matchesPattern } from './match-pattern';
export { parameterValues } from './parameters';
export { copyPreset, listPresets, readPreset, readPresetTexts } from './presets';
export { isSourceFolder, readSource } from './read-source';
export { recordsTable, Sandbox, unparsableTable, unusedTable } from './sandbox';
export type { SourceFiles } from './settings';
export { type SqlSource, sourceDigest } from './sql-source';
