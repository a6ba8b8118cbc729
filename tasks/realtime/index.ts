export { liveOrderOf } from './live-order';
export { produceOrders } from './produce-orders';
export { type RelayOptions, relayOrders } from './relay-orders';
export { seedProducts } from './seed-products';
export { type SendOptions, sendStream } from './send';
