import { ConfigurationError } from '../platform/errors';
import { utc } from '../platform/time-zone';
import type { Engine } from './engine';

/**
 * Throws ConfigurationError where two engines' data about a time zone give another local time to a quarter of a day of the
 * years 1970 to 2038: an event could stand on two dates.
 */
export async function compareZones(timeZone: string, one: Engine, other: Engine): Promise<void> {
	if (timeZone === utc) return;
	if ((await fingerprintZone(one)) === (await fingerprintZone(other))) return;
	throw new ConfigurationError(
		`${one.dialect.name} has other data about the time zone ${timeZone} than ${other.dialect.name}: the days of this lake would not be the same. Use --engine ${other.dialect.name}.`,
	);
}

const places = [0, 1, 2, 3, 4];

/** A sum over 100,000 instants, six hours apart, in which a minute of difference counts another number for each. */
async function fingerprintZone(engine: Engine): Promise<string> {
	const digits = places.map((place) => `digits as d${place}`);
	const number = places.map((place) => `${10 ** place} * d${place}.digit`);
	const [row] = await engine.select(
		`with digits as (select cast(digit as bigint) as digit from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) as t (digit)),
		numbers as (select ${number.join(' + ')} as number from ${digits.join(' cross join ')}),
		instants as (select number, timestamp '1970-01-01 00:00:00' + number * interval '6' hour as instant from numbers)
		select cast(sum((number + 1) * date_diff('minute', instant, ${engine.localTime('instant')})) as varchar) as fingerprint
		from instants`,
	);
	return String(row?.fingerprint);
}
