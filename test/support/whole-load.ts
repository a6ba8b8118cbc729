/**
 * Whether load tests use the full amount of data (`SHOPLAKE_TEST_WHOLE_LOAD=true`), which takes many minutes on the AWS of
 * a laptop. By default they use a part of it, with every kind of failure.
 */
export const isWholeLoad = process.env.SHOPLAKE_TEST_WHOLE_LOAD === 'true';
