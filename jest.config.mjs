/** What the test runner of each tier has in common; a tier is a folder of `test/`. */
const project = (displayName) => ({
	displayName,
	testMatch: [`<rootDir>/test/${displayName}/**/*.test.ts`],
	transformIgnorePatterns: ['/node_modules/(?!(hucre|hyparquet|p-map|echarts|zrender)/)'],
	transform: {
		'\\.ts$|(hyparquet|p-map|echarts|zrender)/.*\\.js$|hucre/.*\\.mjs$': ['@swc/jest'],
		'\\.sql$': '<rootDir>/test/support/sql-transform.cjs',
	},
});

export default {
	testTimeout: 120_000,
	projects: ['unit', 'browser', 'infra', 'integration', 'e2e', 'trino', 'docker', 'airflow'].map(project),
};
