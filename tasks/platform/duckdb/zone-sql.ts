import { utc } from '../time-zone';
import { literal } from './quote';

/** SQL of the local time of an instant (a timestamp in UTC) in a zone; null outside of what timestamps hold. */
export const localTimeSql = (timeZone: string, instant: string): string =>
	timeZone === utc ? instant : `try(timezone(${literal(timeZone)}, timezone('UTC', ${instant})))`;

/** SQL of the instant of a local time in a zone, as `instantOf`. */
export const instantSql = (timeZone: string, local: string): string =>
	timeZone === utc ? local : `try(timezone('UTC', timezone(${literal(timeZone)}, ${local})))`;
