import { readFileSync } from 'node:fs';

it('the picture of the layers names every layer that the import rules have', () => {
	const [, layers = ''] = /const layers = \[(.*?)\n\];/s.exec(readFileSync('.dependency-cruiser.mjs', 'utf8')) ?? [];
	const folders = [...layers.matchAll(/'(?:tasks\/)?([\w-]+)'/g)].map(([, name = '']) => name);
	const picture = readFileSync('docs/images/layers.svg', 'utf8');
	const entryPoints = ['cli', 'index', 'testing'];
	const missing = folders.filter(
		(name) => !entryPoints.includes(name) && !new RegExp(`\\b${name}(/|\\.ts)`).test(picture),
	);
	expect({ folders: folders.length > 15, missing }).toEqual({ folders: true, missing: [] });
});
