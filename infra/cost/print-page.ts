/** Prints docs/cost.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../lakehouse-stack';
import { readMeteredDays } from './measured';
import { renderCostPage } from './page';
import { countStanding, type StackTemplate } from './standing';

const outdir = mkdtempSync(join(tmpdir(), 'shoplake-cost-'));
try {
	const app = new App({ outdir, context: { 'aws:cdk:bundling-stacks': [] } });
	const template = Template.fromStack(new LakehouseStack(app, 'Shoplake')).toJSON() as StackTemplate;
	process.stdout.write(renderCostPage(readMeteredDays(), countStanding(template)));
} finally {
	rmSync(outdir, { recursive: true });
}
