export { produceOrders } from './produce-orders';
export { seedProducts } from './seed-products';
export { type SendOptions, sendStream } from './send';
