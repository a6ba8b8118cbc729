export { type SendOptions, sendStream } from './send';
