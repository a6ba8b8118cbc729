export { FileValidator, type ValidatedFile } from './file-validator';
export { type Buckets, findFiles, passedOverWarning, type SourceFile } from './find-files';
export { type IngestOptions, ingestBatch } from './ingest';
export { createQuarantine } from './quarantine';
export { lastValidDate } from './stage-dataset';
export { addCounts, assembleBatch, type StagedBatch, type StagedObject, sumCounts } from './staged-batch';
export { numberSeparator } from './staging';
export { uploadBatch } from './upload-batch';
export { chunkBytes, separatedTextSql, type ValidationCounts, validateRecords } from './validate-records';
