export { countMetric } from './metric';
export { metricNamespace } from './metric-namespace';
export { type Alert, sendAlert } from './send-alert';
