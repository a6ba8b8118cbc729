import { listedPrices, type PriceList } from '../../platform/aws/prices';
import { costOfUsage } from '../../platform/aws/usage';
import type { CostRecord } from './cost-record';

const secondsOfHour = 3600;
/** The least that Fargate bills for a task. */
const leastSeconds = 60;

/** Dollars for a task on Fargate, and for the public address that it has in the stack's own network. */
export function costOfTask(
	{ vcpu, gib, seconds }: { readonly vcpu: number; readonly gib: number; readonly seconds: number },
	list: PriceList = listedPrices,
): { readonly Fargate: number; readonly 'public addresses': number } {
	const hours = Math.max(leastSeconds, seconds) / secondsOfHour;
	const perHour = vcpu * list.fargate_vcpu_hour + gib * list.fargate_gb_hour;
	return { Fargate: hours * perHour, 'public addresses': hours * list.address_hour };
}

/** Dollars by service. */
export const costOfRecord = (record: CostRecord, list: PriceList = listedPrices): Readonly<Record<string, number>> => ({
	...(record.fargate ? costOfTask(record.fargate, list) : {}),
	...costOfUsage(record, list),
});
