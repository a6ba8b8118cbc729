/** Prints docs/cost.md. */
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { withAssemblyFolder } from '../assembly-folder';
import { LakehouseStack } from '../lakehouse-stack';
import { readMeteredDays } from './measured';
import { renderCostPage } from './page';
import { countStanding, type StackTemplate } from './standing';

const template = await withAssemblyFolder((outdir) => {
	const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
	return Template.fromStack(new LakehouseStack(app, 'Shoplake')).toJSON() as StackTemplate;
});
process.stdout.write(renderCostPage(readMeteredDays(), countStanding(template)));
