/** What all of shoplake's own metrics are under in CloudWatch. */
export const metricNamespace = 'shoplake';
