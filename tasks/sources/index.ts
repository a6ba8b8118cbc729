export { type ExaminedFile, Examiner } from './examine';
export { type Buckets, findFiles, type SourceFile } from './find-files';
export { type IngestOptions, ingestBatch } from './ingest';
export { type Judgement, judge } from './judge';
export { createQuarantine, quarantineUnparsable, type UnparsableRecord, writeQuarantine } from './quarantine';
export { lastDateOf, type StagedBatch, type StagedObject, sumOf } from './stage-dataset';
export { numberSeparator } from './staging';
export { uploadBatch } from './upload-batch';
