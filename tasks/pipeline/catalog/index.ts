export { runAwsCrawler } from './aws-crawler';
export type { Drift } from './compare';
export { crawl } from './crawl';
export { locationsInGlue } from './locations';
