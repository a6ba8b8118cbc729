/**
 * Imports run downwards: each layer may import the layers below it, never one above or beside it in the list. The picture
 * stands in `docs/architecture.md`; `npm run check` holds it.
 */
const layers = [
	['tasks/cli', 'tasks/index', 'tasks/testing', 'tasks/commands', 'tasks/lambdas', 'infra'],
	['tasks/local'],
	['tasks/streams', 'tasks/filedrop', 'tasks/catalog-site'],
	['tasks/lineage'],
	['tasks/pipeline'],
	['tasks/sources'],
	['tasks/market', 'tasks/report'],
	['tasks/query', 'tasks/generate', 'tasks/operations'],
	['tasks/context'],
	['tasks/project'],
	['tasks/engine'],
	['tasks/lake'],
	['tasks/contracts'],
	['tasks/platform'],
];

/** The steps of the daily path; each may import those before it. */
const steps = ['bronze', 'silver', 'gold', 'catalog', 'serving'].map((step) => `tasks/pipeline/${step}`);

const below = (name, ordered) =>
	ordered.slice(0, -1).map((_, index) => ({
		name,
		severity: 'error',
		from: { path: pathOf(ordered[index + 1]) },
		to: { path: pathOf(ordered.slice(0, index + 1).flat()) },
	}));
const pathOf = (folders) => `^(${[folders].flat().join('|')})(/|\\.ts$)`;

export default {
	forbidden: [
		{ name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
		...below('downwards-only', layers),
		...below('steps-in-order', [...steps].reverse()),
		{
			name: 'only-the-command-line-imports-local',
			comment: 'What a laptop needs is no part of a task, of a function or of the stack.',
			severity: 'error',
			from: { path: '^(tasks|infra)/', pathNot: '^tasks/(local|commands)/' },
			to: { path: '^tasks/local/' },
		},
	],
	options: {
		parser: 'swc',
		tsPreCompilationDeps: true,
		doNotFollow: { path: 'node_modules' },
		exclude: { path: 'node_modules' },
		enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js', '.json'] },
	},
};
