export { consumeQueue } from './consume-queue';
export { generateQuotes } from './generate-quotes';
export { minuteOf } from './minute';
export { redrive } from './redrive';
export { showQuotes } from './show-quotes';
