/** The CloudWatch namespace of all shoplake metrics. */
export const metricNamespace = 'shoplake';
