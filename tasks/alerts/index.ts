export { countMetric, metricNamespace } from './metric';
export { type Alert, sendAlert } from './send-alert';
