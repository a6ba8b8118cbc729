export { type Followers, type ForgetOptions, forget } from './forget';
export { type Remains, remains } from './remains';
