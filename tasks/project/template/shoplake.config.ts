import { defineConfig } from 'shoplake';

export default defineConfig({
	// The currency of all amounts; Glue and Athena show it with the tables.
	currency: 'EUR',
	// The time zone of the shop's days, such as Europe/Berlin: choose it before the first batch.
	timeZone: 'UTC',
	// How long 'shoplake vacuum' keeps files that no head needs.
	retention: '7d',
	// The largest share of invalid records that a batch may have.
	maxRejected: '5%',
});
