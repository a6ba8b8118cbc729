import { readConfig } from '../../../tasks/platform/config';

it('an empty variable counts as unset: its default applies', () => {
	const env = {
		SHOPLAKE_BUCKET: 'the-lake',
		SHOPLAKE_SCRATCH: '/scratch',
		SHOPLAKE_MEMORY: '1GiB',
		SHOPLAKE_THREADS: '2',
	};
	const unset = {
		SHOPLAKE_DATABASE: '',
		SHOPLAKE_ORDER_KPIS_TABLE: '',
		SHOPLAKE_ALERTS_TOPIC: ' ',
		SHOPLAKE_MIRROR: '',
	};
	expect(readConfig({ ...env, ...unset })).toEqual(readConfig(env));
	expect(() => readConfig({ SHOPLAKE_BUCKET: 'the-lake', SHOPLAKE_THREADS: '', SHOPLAKE_MEMORY: '' })).not.toThrow();
});

it('an empty bucket is none', () => {
	expect(() => readConfig({ SHOPLAKE_BUCKET: '' })).toThrow(
		expect.objectContaining({ exitCode: 78, message: expect.stringMatching(/^SHOPLAKE_BUCKET is not set/) }),
	);
});
