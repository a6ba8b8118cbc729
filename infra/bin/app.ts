import { App } from 'aws-cdk-lib';
import { LakehouseStack } from '../lakehouse-stack';

const app = new App();
new LakehouseStack(app, 'Shoplake', { interfaceEndpoints: app.node.tryGetContext('interfaceEndpoints') === 'true' });
