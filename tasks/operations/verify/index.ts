export { type Finding, type Verified, type VerifyOptions, verifyLake } from './verify';
