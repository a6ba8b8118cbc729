import { createApp } from './create-app';

// The CDK synthesises the app when the process ends.
await createApp();
