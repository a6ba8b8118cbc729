export { runAwsCrawler } from './aws-crawler';
export type { Drift } from './compare-table';
export { crawl } from './crawl';
export { listGlueLocations } from './glue-locations';
