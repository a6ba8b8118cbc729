/** The CloudWatch namespace of all shoplake metrics. */
export const metricNamespace = 'shoplake';
/** Hours since the oldest delivered object that is not sealed was delivered; 0 if all are sealed. */
export const oldestUnsealed = 'OldestUnsealed';
