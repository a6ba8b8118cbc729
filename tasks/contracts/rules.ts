import { literal } from '../platform/duckdb/quote';
import type { ContractRule, Rule, RuleExpressions } from './contract-rule';
import type { Contract } from './dataset';
import { listRules } from './rule-kinds';

export { type Rule, type RuleExpressions, rules } from './contract-rule';

/** A rule with the SQL that is true if a record breaks it, and the SQL of the message. */
export interface RuleCheck {
	readonly rule: Rule;
	readonly field: string;
	readonly broken: string;
	readonly message: string;
}

/** All checks of a contract on a single record, in SQL and in order of precedence; the first broken one counts. */
export const listChecks = (contract: Contract, record: RuleExpressions): RuleCheck[] =>
	listRules(contract).flatMap((rule) => {
		const broken = rule.brokenSql(record);
		return broken === undefined
			? []
			: [{ rule: rule.rule, field: rule.field, broken, message: messageSql(rule, record) }];
	});

function messageSql({ field, message, shown }: ContractRule, { text }: RuleExpressions): string {
	const [before = '', after] = message.split('{text}');
	return after === undefined ? literal(before) : `${literal(before)} || ${shown.sql(text(field))} || ${literal(after)}`;
}
