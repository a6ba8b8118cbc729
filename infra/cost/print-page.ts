/** Prints docs/cost.md. */
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../lakehouse-stack';
import { readMeteredDays } from './measured';
import { renderCostPage } from './page';
import { countStanding, type StackTemplate } from './standing';

const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const template = Template.fromStack(new LakehouseStack(app, 'Shoplake')).toJSON() as StackTemplate;
process.stdout.write(renderCostPage(readMeteredDays(), countStanding(template)));
