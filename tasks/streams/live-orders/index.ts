export { parseLiveOrder } from './live-order';
export { produceOrders } from './produce-orders';
