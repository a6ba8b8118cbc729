import { parseAnnouncement, scheduledBatch } from '../../../../tasks/pipeline/bronze';

it.each([
	['landing/batch%3D2026-11-20/_READY', { batch: '2026-11-20' }],
	['landing/batch=2026-11-20/_READY', { batch: '2026-11-20' }],
	['landing/orders/batch%3DB%3A7/_READY', { batch: 'B:7', dataset: 'orders' }],
])('the key %s announces %j', (key, batch) => {
	expect(parseAnnouncement(key)).toEqual(batch);
});

it.each([
	'landing/orders/2026-11-20/_READY',
	'landing/orders/batch=2026-11-20/orders.csv',
	'incoming/batch=2026-11-20/_READY',
	'landing/a/b/batch=2026-11-20/_READY',
	'%E0%A4%A',
	'',
])('the key "%s" announces no batch', (key) => {
	expect(() => parseAnnouncement(key)).toThrow(`--ready '${key}' announces no batch`);
});

it('the key of an unknown dataset is refused, with the known ones', () => {
	expect(() => parseAnnouncement('landing/order/batch=1/_READY')).toThrow(
		'there is no dataset order; there are orders, order_items, products, events, gadget_sales',
	);
});

it.each([
	['2026-11-21T03:00:00Z', 'UTC', '2026-11-20'],
	['2026-11-21T00:00:00Z', 'UTC', '2026-11-20'],
	['2026-11-21T23:59:59Z', 'UTC', '2026-11-20'],
	['2026-03-01T03:00:00Z', 'UTC', '2026-02-28'],
	['2027-01-01T05:00:00Z', 'UTC', '2026-12-31'],
	// Another zone's spelling of 2026-11-21T23:30:00Z.
	['2026-11-22T00:30:00+01:00', 'UTC', '2026-11-20'],
	['2026-11-21T03:00:00Z', 'America/Los_Angeles', '2026-11-19'],
	['2026-11-20T23:30:00Z', 'Europe/Berlin', '2026-11-20'],
	// The day before had 25 hours there.
	['2026-10-25T23:30:00Z', 'Europe/Berlin', '2026-10-25'],
])('a run that was due at %s takes, in %s, the batch of %s, whenever it starts', (due, zone, batch) => {
	expect(scheduledBatch(due, zone)).toEqual({ batch });
});

it('a time that a schedule did not fill in is refused', () => {
	expect(() => scheduledBatch('<aws.scheduler.scheduled-time>', 'UTC')).toThrow(
		"--scheduled-at '<aws.scheduler.scheduled-time>' is neither a date",
	);
});
