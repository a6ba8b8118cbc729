import type { Account } from '../lake';
import { type Html, html } from '../report/html';
import { count } from './texts';
import { type WordColumn, wordTable } from './word-table';

type Counts = Pick<Account, 'received' | 'kept' | 'duplicates' | 'superseded' | 'rejected' | 'orphans'>;

const names = ['received', 'kept', 'duplicates', 'superseded', 'rejected', 'orphans'] as const;

function figures<T extends Counts>(): WordColumn<T>[] {
	return names.map((name) => ({
		title: name === 'orphans' ? 'waiting' : name,
		cell: (row) => count(row[name]),
		isFigure: true,
		isWide: name === 'duplicates' || name === 'superseded',
	}));
}

/** What became of the records of all admitted batches, by dataset. */
export function datasetsTable(accounts: readonly Account[]): Html {
	const byDataset = [...new Set(accounts.map(({ dataset }) => dataset))].map((dataset) => {
		const own = accounts.filter((account) => account.dataset === dataset);
		const sums = names.map((name) => [name, own.reduce((sum, account) => sum + account[name], 0)]);
		return { dataset, batches: own.length, ...(Object.fromEntries(sums) as Counts) };
	});
	return wordTable(
		'What became of the records',
		[
			{ title: 'Dataset', cell: ({ dataset }) => html`<a href="silver_${dataset}.html">${dataset}</a>` },
			{ title: 'batches', cell: ({ batches }) => count(batches), isFigure: true },
			...figures<(typeof byDataset)[number]>(),
		],
		byDataset,
	);
}

/** Batches that a page shows. */
const newestBatches = 10;

/** What became of the records of the newest batches of a dataset. */
export function batchesTable(accounts: readonly Account[]): Html {
	const newest = [...accounts].sort((a, b) =>
		a.as_of < b.as_of ? 1 : a.as_of > b.as_of ? -1 : a.batch < b.batch ? 1 : -1,
	);
	return wordTable(
		'What became of the records of the newest batches',
		[{ title: 'Batch', cell: ({ batch }) => batch }, ...figures<Account>()],
		newest.slice(0, newestBatches),
	);
}
