export { generateQuotes } from '../generate/quotes/generate-quotes';
export { toMinute } from '../generate/quotes/minute';
export { consumeQueue } from './consume-queue';
export { redrive } from './redrive';
export { showQuotes } from './show-quotes';
