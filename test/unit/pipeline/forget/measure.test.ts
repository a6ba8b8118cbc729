import { createContext } from '../../../../tasks/context';
import { generate } from '../../../../tasks/generate';
import { ingestBatch } from '../../../../tasks/pipeline/bronze';
import { forget } from '../../../../tasks/pipeline/forget';
import { aggregate } from '../../../../tasks/pipeline/gold';
import { clean } from '../../../../tasks/pipeline/silver';
import { noProject } from '../../../../tasks/project';
import { MemoryStore } from '../../../support/memory-store';

test('measure', async () => {
	const store = new MemoryStore();
	const days = Number(process.env.DAYS ?? 20),
		records = Number(process.env.RECORDS ?? 1000);
	const within = async <T>(work: (c: any) => Promise<T>): Promise<T> => {
		const { context, dispose } = createContext({
			task: 'm',
			verbose: false,
			signal: new AbortController().signal,
			project: noProject,
			env: { SHOPLAKE_BUCKET: 'lake', SHOPLAKE_MEMORY: '2GiB', SHOPLAKE_THREADS: '2' },
			openStore: () => store,
			log: { info() {}, warn() {}, error() {}, debug() {} } as any,
		});
		try {
			return await work(context);
		} finally {
			await dispose();
		}
	};
	const dates = Array.from({ length: days }, (_, i) =>
		new Date(Date.parse('2026-10-01') + i * 86400e3).toISOString().slice(0, 10),
	);
	for (const date of dates)
		await within(async (c) => {
			await generate(c, { date, records, seed: 's', dirt: 0.02 } as any);
			await ingestBatch(c.step('i'), { batch: date, maxRejected: 1 });
			await clean(c.step('c'), { batches: [date] });
		});
	await within((c) => aggregate(c, { kind: 'all' }));
	let sum = 0;
	for (const { bytes } of store.allVersions()) sum += bytes.length;
	const text = store.contents('landing/orders/');
	const user =
		Object.values(text)
			.join('\n')
			.match(/"user_id":\s*"([^"]+)"/)?.[1] ?? '';
	const ops: Record<string, number> = {};
	const door = store.door({
		before: (op) => {
			ops[op] = (ops[op] ?? 0) + 1;
		},
	});
	const t0 = Date.now();
	const dry = await within((c) =>
		forget(c, { user, dryRun: true }, { publish: async () => new Set(), load: async () => undefined }),
	);
	const t1 = Date.now();
	const { context, dispose } = createContext({
		task: 'm',
		verbose: false,
		signal: new AbortController().signal,
		project: noProject,
		env: { SHOPLAKE_BUCKET: 'lake', SHOPLAKE_MEMORY: '2GiB', SHOPLAKE_THREADS: '2' },
		openStore: () => door,
		log: { info() {}, warn() {}, error() {}, debug() {} } as any,
	});
	const out = await forget(context, { user }, { publish: async () => new Set(), load: async () => undefined });
	await dispose();
	console.log(
		JSON.stringify(
			{
				days,
				records,
				bytes: sum,
				objects: store.allVersions().length,
				user,
				dryMs: t1 - t0,
				ms: Date.now() - t1,
				ops,
				out,
				dryRecords: dry.records,
			},
			null,
			1,
		),
	);
}, 3600e3);
