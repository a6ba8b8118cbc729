export { type Days, demo, generatedWeek, realWeek } from './demo';
export { localDown, localReset } from './down';
export { localLayout } from './layout';
export { pythonEnvironment } from './python-environment';
export { exportLines } from './settings';
export { localStatus } from './status';
export { type LocalAws, localUp, planUp } from './up';
