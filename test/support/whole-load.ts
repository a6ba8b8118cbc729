/**
 * Whether tests of much data take as much as was promised (`SHOPLAKE_TEST_WHOLE_LOAD=true`), which on the AWS of a laptop is
 * a matter of many minutes; by default they take a part of it, and leave out no kind of trouble.
 */
export const isWholeLoad = process.env.SHOPLAKE_TEST_WHOLE_LOAD === 'true';
