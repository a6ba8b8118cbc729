let lastNumber = 0;

/** A name that no other relation has, over all scopes and engines. */
export const newRelationName = (): string => `relation_${++lastNumber}`;

/** The names of relations in a text of SQL. */
export const relationNames = (sql: string): ReadonlySet<string> => new Set(sql.match(/\brelation_\d+\b/g));
