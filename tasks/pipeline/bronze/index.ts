export { type LandedBatch, parseAnnouncement, scheduledBatch } from './announced-batch';
export { ChunkWriter } from './chunk-writer';
export type { DecimalSign } from './decimal-texts';
export { type ExportOptions, exportBatch } from './export-batch';
export { FileValidator, type ValidatedFile } from './file-validator';
export { delimiterName } from './find-delimiter';
export {
	type Buckets,
	type DatasetFile,
	findAnyFiles,
	findFiles,
	passedOverWarning,
	type SourceFile,
} from './find-files';
export { ingestBatch } from './ingest';
export type { IngestOptions } from './ingest-options';
export { listExamples, type RejectedExample } from './judge-batch';
export { loadFile } from './load-file';
export { checkDateFormats, type Mapping, readMapping, withDecimal } from './mapping';
export { createQuarantine } from './quarantine';
export { parseReading, type Reading } from './reading';
export { rejectedRecords } from './received-records';
export { listOutdatedBatches, type RecordedBatches, type RetypedBatches, recordRetyped, retypeBatches } from './retype';
export { checkFilesFound, computeSource, matchFile, stageSource, type UnusedRow } from './stage-source';
export { assembleBatch, type StagedBatch, type StagedObject } from './staged-batch';
export { numberSeparator, type ReadAs } from './staging';
export { UnreadableFileError } from './unreadable-file';
export { uploadBatch } from './upload-batch';
export { lastValidDate } from './validate-chunk';
export { chunkBytes, separatedTextSql, type ValidationCounts, validateRecords } from './validate-records';
