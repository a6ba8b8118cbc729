export { type ExaminedFile, Examiner } from './examine';
export { type Buckets, findFiles, passedOverWarning, type SourceFile } from './find-files';
export { type IngestOptions, ingestBatch } from './ingest';
export { chunkBytes, type Judgement, judge, separatedText } from './judge';
export { createQuarantine } from './quarantine';
export { lastValidDate } from './stage-dataset';
export { addCounts, type StagedBatch, type StagedObject, stagedBatch, sumCounts } from './staged-batch';
export { numberSeparator } from './staging';
export { uploadBatch } from './upload-batch';
