/** Fixed: outputs, and what a deleted stack has left, are found by it. */
export const stackName = 'Shoplake';
