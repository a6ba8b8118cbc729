export { liveOrderOf } from './live-order';
export { produceOrders } from './produce-orders';
