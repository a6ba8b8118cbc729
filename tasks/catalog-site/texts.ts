import { sizeText } from '../query/tables-text';
import { createFormats } from '../report/formats';
import { type Html, html } from '../report/html';

const { count: countText } = createFormats('en-US', 'USD');

/** A whole number, `1,234`; `–` where it is not known. */
export const count = countText;

/** A text of a contract: what it writes between backticks is code. */
export const prose = (text: string): Html =>
	html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;

/** `2026-11-20 06:00`, of an instant in ISO 8601. */
export const dateTime = (instant: string): string => instant.slice(0, 16).replace('T', ' ');

/** A size in bytes; `–` where it is not known. */
export const size = (bytes: number | null): string => (bytes === null ? '–' : sizeText(bytes));
