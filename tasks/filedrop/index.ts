export { archive } from './archive';
export { gate } from './gate';
export { lock, unlock } from './lock-steps';
export { notify } from './notify';
export { openDrop } from './open-drop';
export { retry } from './retry';
export { sample } from './sample';
export { status } from './status';
export { validate } from './validate';
