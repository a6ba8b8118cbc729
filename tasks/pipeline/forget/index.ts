export { awsFollowers, type Followers } from './followers';
export { type ForgetOptions, forget } from './forget';
export { type Remains, remains } from './remains';
