export { type ExaminedFile, Examiner } from './examine';
export { type Buckets, findFiles, passedOverWarning, type SourceFile } from './find-files';
export { type IngestOptions, ingestBatch } from './ingest';
export { chunkBytesOf, type Judgement, judge, separatedText } from './judge';
export { createQuarantine } from './quarantine';
export { lastDateOf } from './stage-dataset';
export { addCounts, type StagedBatch, type StagedObject, stagedBatch, sumOf } from './staged-batch';
export { numberSeparator } from './staging';
export { uploadBatch } from './upload-batch';
