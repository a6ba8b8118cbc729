/** Packages that are many small modules: Jest loads each of them as one file. An entry is the module that `require` finds. */
const packages = [
	'@duckdb/node-api/lib/index.js',
	'hucre/dist/xlsx.mjs',
	'hyparquet/src/node.js',
	'p-map/index.js',
	'winston/lib/winston.js',
	'zod/index.cjs',
].join('|');

/** What the test runner of each tier has in common; a tier is a folder of `test/`. */
const project = (displayName) => ({
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	transformIgnorePatterns: [`/node_modules/(?!(${packages})$)`],
	transform: {
		[`/node_modules/(${packages})$|/tasks/report/echarts\\.ts$`]: '<rootDir>/test/support/bundle-transform.cjs',
		'\\.ts$': '@swc/jest',
		'\\.sql$': '<rootDir>/test/support/sql-transform.cjs',
	},
});

export default {
	// Only a test that hangs meets it: on a busy machine one of seconds takes minutes.
	testTimeout: 600_000,
	projects: ['unit', 'browser', 'infra', 'integration', 'e2e', 'trino', 'docker', 'airflow'].map(project),
};
