import {
	type Derivation,
	type DerivedColumn,
	derivedRelation,
	type How,
	type Relation,
	raise,
	type Source,
	unite,
	unknownRelation,
} from './relation';

/** A node of the syntax tree that DuckDB's `json_serialize_sql` gives. */
export type SyntaxNode = { readonly [name: string]: unknown };

/** What an expression may name: the relations of its `from`, the columns that its select names, and what is around it. */
interface Scope {
	readonly relations: readonly { readonly alias: string; readonly relation: Relation }[];
	readonly named?: ReadonlyMap<string, Derivation>;
	readonly outer?: Scope | undefined;
}

type Named = ReadonlyMap<string, Relation>;

/** What a part of a statement may read, and where it stands. */
interface Place {
	/** Inputs and common table expressions, by their names in lower case. */
	readonly known: Named;
	readonly outer?: Scope | undefined;
	/** The names of functions that make one value of many rows. */
	readonly aggregates: ReadonlySet<string>;
}

/**
 * Where the columns of a select come from. Follows common table expressions, subqueries, joins and unions. What the tree
 * doesn't tell is not derived: a column of an input with unknown columns among several, recursion, lambdas, pivots.
 */
export function deriveColumns(tree: SyntaxNode, inputs: Named, aggregates: ReadonlySet<string>): Relation {
	const known = new Map([...inputs].map(([name, relation]) => [name.toLowerCase(), relation]));
	return deriveQuery(tree, { known, aggregates });
}

function deriveQuery(node: SyntaxNode, place: Place): Relation {
	const known = new Map(place.known);
	for (const { key, value } of list((node.cte_map as SyntaxNode | undefined)?.map)) {
		const query = ((value as SyntaxNode).query as SyntaxNode | undefined)?.node as SyntaxNode | undefined;
		const aliases = ((value as SyntaxNode).aliases ?? []) as readonly string[];
		known.set(
			String(key).toLowerCase(),
			query ? rename(deriveQuery(query, { ...place, known }), aliases) : unknownRelation,
		);
	}
	const inside = { ...place, known };
	if (node.type === 'SELECT_NODE') return deriveSelect(node, inside);
	if (node.type === 'SET_OPERATION_NODE') return deriveUnion(node, inside);
	return unknownRelation;
}

/** Columns of a union are told apart by their place; they have the names of the first part. */
function deriveUnion(node: SyntaxNode, place: Place): Relation {
	const nodes = node.left ? [node.left, node.right] : list(node.children);
	const parts = nodes.map((part) => deriveQuery(part as SyntaxNode, place));
	const [first] = parts;
	if (!first?.columns || parts.some(({ columns }) => columns === undefined)) return unknownRelation;
	const keepsAll = node.setop_type === 'UNION';
	const columns = first.columns.map(({ name }, index) => ({
		name,
		from: unite(parts.map(({ columns }) => columns?.[index]?.from)),
	}));
	// Except and intersect compare all columns.
	const compared = keepsAll ? [] : columns.map(({ from }) => from);
	return derivedRelation(columns, {
		rows: unite([...parts.map(({ rows }) => rows), ...compared.map((from) => from ?? [])]) ?? [],
		counted: unite(parts.map(({ counted }) => counted)) ?? [],
	});
}

function deriveSelect(node: SyntaxNode, place: Place): Relation {
	const conditions: Derivation[] = [];
	const relations = listRelations(node.from_table as SyntaxNode, place, conditions);
	const scope: Scope = { relations, outer: place.outer };
	const named = new Map<string, Derivation>();
	const columns: DerivedColumn[] = [];
	let isOpen = false;
	for (const item of list(node.select_list)) {
		if (item.type === 'STAR') {
			const expanded = expandStar(item, scope, place);
			if (expanded) columns.push(...expanded);
			else isOpen = true;
			continue;
		}
		const from = deriveExpression(item, { ...scope, named }, place);
		const name = String(item.alias || lastName(item) || '');
		if (name !== '') named.set(name.toLowerCase(), from);
		columns.push({ name, from });
	}
	const deciding = [node.where_clause, node.group_expressions, node.having, node.qualify, ...limitsOf(node)];
	const groupsByAll = node.aggregate_handling === 'FORCE_AGGREGATES';
	const grouped = columns.flatMap(({ from }) => (groupsByAll && !from?.some(isAggregated) ? [from] : []));
	const rows = unite(
		[
			...conditions,
			...grouped,
			...relations.map(({ relation }) => relation.rows),
			...deciding.map((part) => deriveExpression(part, { ...scope, named }, place)),
		].map((from) => from ?? []),
	);
	const counted = unite(relations.map(({ relation }) => relation.counted));
	const result = derivedRelation(columns, { rows: rows ?? [], counted: counted ?? [] });
	// Columns that a star adds are not known; those that are written out are.
	return isOpen ? { ...result, columns: undefined, has: (column) => result.has(column) || undefined } : result;
}

/** What an order decides if only its first rows are taken. */
function limitsOf(node: SyntaxNode): readonly unknown[] {
	const modifiers = list(node.modifiers);
	return modifiers.some(({ type }) => String(type).startsWith('LIMIT')) ? modifiers : [];
}

/** The relations of a `from`; adds what its joins compare to `conditions`. */
function listRelations(from: SyntaxNode | undefined, place: Place, conditions: Derivation[]): Scope['relations'] {
	const relations: { alias: string; relation: Relation }[] = [];
	const visit = (node: SyntaxNode): void => {
		const alias = String(node.alias || node.table_name || '').toLowerCase();
		const names = (node.column_name_alias ?? []) as readonly string[];
		const scope: Scope = { relations, outer: place.outer };
		const add = (relation: Relation) => relations.push({ alias, relation: rename(relation, names) });
		switch (node.type) {
			case 'EMPTY':
				return;
			case 'BASE_TABLE':
				add(place.known.get(String(node.table_name).toLowerCase()) ?? unknownRelation);
				return;
			case 'SUBQUERY': {
				const query = (node.subquery as SyntaxNode).node as SyntaxNode;
				add(deriveQuery(query, { ...place, outer: scope }));
				return;
			}
			case 'JOIN': {
				visit(node.left as SyntaxNode);
				visit(node.right as SyntaxNode);
				const using = (node.using_columns ?? []) as readonly string[];
				const columns = using.map((column) => resolve([column], { relations }));
				conditions.push(deriveExpression(node.condition, { relations, outer: place.outer }, place), ...columns);
				return;
			}
			case 'EXPRESSION_LIST':
			case 'TABLE_FUNCTION': {
				const given = deriveExpression(node.function ?? node.values, scope, place);
				const columns = names.map((name) => ({ name, from: raise(given, 'computed') }));
				if (names.length > 0)
					add(derivedRelation(columns, { rows: given ?? [], counted: raise(given, 'aggregated') ?? [] }));
				else add(unknownRelation);
				return;
			}
			default:
				add(unknownRelation);
		}
	};
	if (from) visit(from);
	return relations;
}

/** The columns of a star; undefined where some are not known. */
function expandStar(item: SyntaxNode, scope: Scope, place: Place): DerivedColumn[] | undefined {
	const wanted = String(item.relation_name ?? '').toLowerCase();
	if (item.columns === true || list(item.rename_list).length > 0 || list(item.qualified_exclude_list).length > 0)
		return undefined;
	const relations = scope.relations.filter(({ alias }) => wanted === '' || alias === wanted);
	const excluded = ((item.exclude_list ?? []) as readonly unknown[]).map((name) => String(name).toLowerCase());
	const replaced = new Map(
		list(item.replace_list).map(({ key, value }) => [String(key).toLowerCase(), deriveExpression(value, scope, place)]),
	);
	const columns: DerivedColumn[] = [];
	for (const { relation } of relations) {
		if (!relation.columns) return undefined;
		for (const { name, from } of relation.columns) {
			const known = name.toLowerCase();
			if (excluded.includes(known)) continue;
			columns.push({ name, from: replaced.has(known) ? replaced.get(known) : from });
		}
	}
	return columns;
}

/** What an expression, or a list of them, is computed from. */
function deriveExpression(node: unknown, scope: Scope, place: Place): Derivation {
	if (Array.isArray(node)) return unite(node.map((part) => deriveExpression(part, scope, place)));
	if (typeof node !== 'object' || node === null) return [];
	const { type, ...parts } = node as SyntaxNode;
	if (type === 'COLUMN_REF') return resolve(parts.column_names as readonly string[], scope);
	if (parts.class === 'LAMBDA' || type === 'STAR') return undefined;
	if (parts.class === 'SUBQUERY') {
		const query = deriveQuery((parts.subquery as SyntaxNode).node as SyntaxNode, { ...place, outer: scope });
		const columns = query.columns?.map(({ from }) => from) ?? [undefined];
		const exists = String(parts.subquery_type).includes('EXISTS');
		const given = exists ? [query.counted] : columns;
		return raise(unite([...given, query.rows, deriveExpression(parts.child, scope, place)]), 'computed');
	}
	const from = unite(Object.values(parts).map((part) => deriveExpression(part, scope, place)));
	const how = strengthOf(type, parts, place);
	// A window function without arguments, such as `row_number()`, counts rows.
	const isOfRows =
		parts.function_name === 'count_star' ||
		(parts.class === 'WINDOW' && (parts.children as readonly unknown[]).length === 0);
	if (!isOfRows) return how ? raise(from, how) : from;
	return raise(unite([from, ...scope.relations.map(({ relation }) => relation.counted)]), how ?? 'computed');
}

/** How an expression of a class changes what it is computed from; undefined for a node that is none, such as a list. */
function strengthOf(type: unknown, { class: of, function_name }: SyntaxNode, { aggregates }: Place): How | undefined {
	if (of === 'FUNCTION') return aggregates.has(String(function_name).toLowerCase()) ? 'aggregated' : 'computed';
	return of === undefined || type === undefined ? undefined : 'computed';
}

/** The column that a name stands for: of the nearest `from` that has it, else one that the select itself names. */
function resolve(names: readonly string[], scope: Scope): Derivation {
	const [first = '', second] = names.map((name) => name.toLowerCase());
	if (second !== undefined) {
		const qualified = scope.relations.find(({ alias }) => alias === first);
		if (qualified) return qualified.relation.has(second) === false ? undefined : qualified.relation.derive(second);
	}
	const having = scope.relations.filter(({ relation }) => relation.has(first) === true);
	// Two have it where `using` joins them.
	if (having.length > 0) return unite(having.map(({ relation }) => relation.derive(first)));
	const unclear = scope.relations.filter(({ relation }) => relation.has(first) === undefined);
	if (unclear.length === 1 && !scope.named?.has(first) && !scope.outer) return unclear[0]?.relation.derive(first);
	if (unclear.length > 0) return undefined;
	if (scope.named?.has(first)) return scope.named.get(first);
	return scope.outer ? resolve(names, scope.outer) : undefined;
}

/** A relation whose first columns have other names. */
function rename(relation: Relation, names: readonly string[]): Relation {
	if (names.length === 0 || relation.columns === undefined) return relation;
	const columns = relation.columns.map(({ name, from }, index) => ({ name: names[index] ?? name, from }));
	return derivedRelation(columns, relation);
}

const lastName = (item: SyntaxNode): string | undefined =>
	item.type === 'COLUMN_REF' ? (item.column_names as readonly string[]).at(-1) : undefined;

const isAggregated = ({ how }: Source): boolean => how === 'aggregated';

const list = (value: unknown): readonly SyntaxNode[] => (Array.isArray(value) ? (value as readonly SyntaxNode[]) : []);
