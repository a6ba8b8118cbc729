import { App } from 'aws-cdk-lib';
import { LakehouseStack } from '../lakehouse-stack';

new LakehouseStack(new App(), 'Shoplake');
