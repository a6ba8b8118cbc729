export { runAwsCrawler } from './aws-crawler';
export type { Drift } from './compare-table';
export { crawl } from './crawl';
export { dropOldScratchTables } from './drop-scratch-tables';
export { listGlueLocations } from './glue-locations';
