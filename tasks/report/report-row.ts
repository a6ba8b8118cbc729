/** A row of an analysis: values as text, by column. */
export type ReportRow = Readonly<Record<string, string | null>>;
