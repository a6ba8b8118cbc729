// Gives jest a package as one file, as the program has it. Jest loads the modules of a package again for each test file,
// one by one: hundreds of them cost a second.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { buildSync } = require('esbuild');

// The text of an entry stays the same where a new version changes what it imports.
const versions = readFileSync(join(__dirname, '..', '..', 'package-lock.json'));

module.exports = {
	getCacheKey: (text, path) => createHash('sha256').update(versions).update(path).update(text).digest('hex'),
	process: (_, path) => ({ code: bundle(path) }),
};

function bundle(entry) {
	const { outputFiles } = buildSync({
		entryPoints: [entry],
		bundle: true,
		format: 'cjs',
		platform: 'node',
		target: `node${process.versions.node}`,
		external: ['@duckdb/node-bindings*'],
		write: false,
		logLevel: 'error',
	});
	return outputFiles[0].text;
}
