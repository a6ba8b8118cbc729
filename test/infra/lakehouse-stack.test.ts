import { Template } from 'aws-cdk-lib/assertions';
import { LakehouseStack } from '../../infra/lakehouse-stack';
import { localSettings } from '../../tasks/local/settings';
import { readConfig } from '../../tasks/platform/config';
import { makeApp } from './support/synth';

// Bundles the functions, and validates the template.
const template = Template.fromStack(new LakehouseStack(makeApp(), 'Shoplake'));

test('the outputs configure the tasks', () => {
	const outputs = Object.keys(template.toJSON().Outputs as object).map((name) => [name, `value of ${name}`]);
	const config = readConfig(localSettings('http://127.0.0.1:4566', Object.fromEntries(outputs)));
	expect(config).toMatchObject({
		bucket: 'value of ShoplakeBucket',
		database: 'value of ShoplakeDatabase',
		workgroup: 'value of ShoplakeWorkgroup',
		crawler: 'value of ShoplakeLandingCrawler',
		categoryKpisTable: 'value of ShoplakeCategoryKpisTable',
		orderKpisTable: 'value of ShoplakeOrderKpisTable',
		productsTable: 'value of ShoplakeProductsTable',
	});
});

test('the template names no account or region, and needs no roles of cdk bootstrap', () => {
	// The digest of a function's code can hold twelve digits in a row.
	const text = JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}/g, 'digest');
	expect(text).not.toMatch(/\d{12}|us-east-1|cdk-bootstrap|BootstrapVersion/);
});
