export { type IngestOptions, ingestBatch } from './ingest';
