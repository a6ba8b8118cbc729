import { CfnParameter, CliCredentialsStackSynthesizer, type IStackSynthesizer, Stack } from 'aws-cdk-lib';
import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import type { Construct } from 'constructs';

/** Warned at so much of the budget. */
const actualPercent = 80;

/**
 * A stack that sends an e-mail when a month has cost most of a budget, and when it is about to exceed it. It counts the
 * whole account: costs by tag appear only where the account's owner activates the tag. A stack of its own, because an
 * emulator has no budgets.
 */
export class Budget extends Stack {
	constructor(scope: Construct, id: string, { usd }: { readonly usd: number }) {
		super(scope, id, {
			description: 'shoplake: a budget of the account',
			synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer,
		});
		const address = new CfnParameter(this, 'BudgetEmail', { description: 'Who is warned', minLength: 3 });
		const subscribers = [{ subscriptionType: 'EMAIL', address: address.valueAsString }];
		const warning = (notificationType: string, threshold: number) => ({
			notification: { notificationType, comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' },
			subscribers,
		});
		new CfnBudget(this, 'Monthly', {
			budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: usd, unit: 'USD' } },
			notificationsWithSubscribers: [warning('ACTUAL', actualPercent), warning('FORECASTED', 100)],
		});
	}
}
