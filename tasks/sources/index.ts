export { type ExaminedFile, Examiner } from './examine';
export { type Buckets, findFiles, type SourceFile } from './find-files';
export { type IngestOptions, ingestBatch } from './ingest';
