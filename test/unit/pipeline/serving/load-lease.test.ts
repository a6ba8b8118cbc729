import type { PartitionEntry } from '../../../../tasks/lake';
import { beginLoad, completeLoad, isOvertaken, releaseLoad } from '../../../../tasks/pipeline/serving/load-lease';
import { type LoadState, listDatesToLoad } from '../../../../tasks/pipeline/serving/load-state';
import { kpiSet } from '../../../../tasks/pipeline/serving/serving-set';

const file = (key: string) => ({ key, rows: 1, bytes: 1 });
const gold = (version: string): PartitionEntry => ({ version, files: [file(version)], rows: 1, fingerprint: '' });
const loaded = (version: string, keys: string[], leases: Record<string, string> = {}): PartitionEntry => ({
	version,
	files: keys.map(file),
	rows: keys.length,
	fingerprint: '',
	facts: leases,
});
const day = '2026-11-20';
const at = (time: string) => new Date(`2026-11-21T${time}Z`);
const me = { attempt: 'me', at: at('10:00:00') };

const state: LoadState = {
	set: kpiSet,
	gold: { category: { [day]: gold('c2') }, order: { [day]: gold('o2') } },
	serving: { [day]: loaded('c1/o1', ['c1', 'o1']) },
};

describe('listDatesToLoad', () => {
	it('names each date to load and why, in order of date', () => {
		const states: LoadState = {
			set: kpiSet,
			gold: {
				category: { '2026-11-01': gold('c1'), '2026-11-02': gold('c2'), '2026-11-04': gold('c1') },
				order: {
					'2026-11-01': gold('o1'),
					'2026-11-02': gold('o1'),
					'2026-11-04': gold('o1'),
					'2026-11-06': gold('o1'),
				},
			},
			serving: {
				'2026-11-05': loaded('', ['c1', 'c2'], { other: '2026-11-21T09:00:00.000Z' }),
				'2026-11-01': loaded('c1/o1', ['c1', 'o1']),
				'2026-11-02': loaded('c1/o1', ['c1', 'o1']),
				'2026-11-03': loaded('c1/o1', ['c1', 'o1']),
				'2026-11-04': loaded('', ['c1', 'o1']),
				'2026-11-06': loaded('-/o1', ['o1']),
			},
		};
		expect(listDatesToLoad(states)).toEqual([
			{ date: '2026-11-02', reason: 'changed in Gold' },
			{ date: '2026-11-03', reason: 'removed from Gold' },
			{ date: '2026-11-04', reason: 'load cut off or under way' },
			{ date: '2026-11-05', reason: 'removed from Gold' },
		]);
		expect(listDatesToLoad({ ...states, serving: {} }).map(({ reason }) => reason)).toEqual(
			Array(4).fill('never loaded'),
		);
	});
});

describe('beginLoad', () => {
	it('adds the files that will be written, and the attempt', () => {
		expect(beginLoad(state, [day], me).partitions).toEqual({
			[day]: loaded('', ['c1', 'o1', 'c2', 'o2'], { me: '2026-11-21T10:00:00.000Z' }),
		});
	});
});

describe('completeLoad', () => {
	const during = (leases: Record<string, string>): LoadState => ({
		...state,
		serving: { [day]: loaded('', ['c1', 'o1', 'c2', 'o2'], leases) },
	});

	it('leaves Gold’s files only', () => {
		const { partitions } = completeLoad(during({ me: '2026-11-21T10:00:00.000Z' }), [day], me);
		expect(partitions).toEqual({ [day]: loaded('c2/o2', ['c2', 'o2']) });
	});

	it('leaves a date unfinished while another load may still write', () => {
		const other = { other: '2026-11-21T09:00:01.000Z' };
		const { partitions } = completeLoad(during({ me: '2026-11-21T10:00:00.000Z', ...other }), [day], me);
		expect(partitions).toEqual({ [day]: loaded('', ['c1', 'o1', 'c2', 'o2'], other) });
	});

	it('does not wait for a load whose lease of an hour has expired', () => {
		const { partitions } = completeLoad(during({ other: '2026-11-21T09:00:00.000Z' }), [day], me);
		expect(partitions).toEqual({ [day]: loaded('c2/o2', ['c2', 'o2']) });
	});

	it('drops a date that Gold no longer has', () => {
		const gone = { ...during({ me: '2026-11-21T10:00:00.000Z' }), gold: { category: {}, order: {} } };
		expect(completeLoad(gone, [day], me).partitions).toEqual({});
	});
});

describe('releaseLoad', () => {
	it('releases the lease and leaves the date unfinished', () => {
		const { partitions: serving } = beginLoad(state, [day], me);
		expect(releaseLoad({ ...state, serving }, [day], me).partitions).toEqual({
			[day]: loaded('', ['c1', 'o1', 'c2', 'o2']),
		});
	});
});

describe('isOvertaken', () => {
	const begun = { ...state, serving: beginLoad(state, [day], me).partitions };

	it('is false where nothing changed', () => {
		expect(isOvertaken(begun, begun, day)).toBe(false);
	});

	it('is true where Gold changed', () => {
		expect(isOvertaken(begun, { ...begun, gold: { ...begun.gold, order: { [day]: gold('o3') } } }, day)).toBe(true);
	});

	it('is true where Gold changed and changed back while another load wrote', () => {
		const serving = { [day]: loaded('', ['c1', 'o1', 'c2', 'o2', 'c3']) };
		expect(isOvertaken(begun, { ...begun, serving }, day)).toBe(true);
	});
});
