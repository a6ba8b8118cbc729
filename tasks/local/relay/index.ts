export { type RelayOptions, relayOrders } from './relay-orders';
