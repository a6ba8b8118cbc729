import { listedPrices as prices } from '../../tasks/platform/aws/prices';
import { type CostLine, hoursOfMonth } from './cost-line';

const diskGigabytes = 20;

/** What Airflow itself runs on: one of these. */
export const airflowLines = (): CostLine[] => [
	{
		what: 'MWAA, `-c airflow=mwaa`',
		how: `an mw1.small environment at $${prices.mwaa_small_hour} an hour`,
		usd: [hoursOfMonth * prices.mwaa_small_hour],
	},
	{
		what: 'its NAT gateway, with an address',
		how: `$${prices.nat_hour} an hour, and $0.045 a GB`,
		usd: [hoursOfMonth * (prices.nat_hour + prices.address_hour)],
	},
	{
		what: 'or a host of your own on EC2',
		how: `a t4g.medium (4 GB), ${diskGigabytes} GB of disk, a public address`,
		usd: [hoursOfMonth * (prices.ec2_t4g_medium_hour + prices.address_hour) + diskGigabytes * prices.ebs_gb_month],
	},
	{ what: 'or a machine that you have', how: 'a worker reaches AWS over the internet', usd: [0] },
];
