import { hasCommands, howToMark, isOutput, readMark } from '../support/pages/marks';
import { type PageLake, startPageLake } from '../support/pages/page-lake';
import { pages, readBlocks, readPage } from '../support/pages/pages';

/** Pages whose reader has a lake of their own, without the week of `npm start`, say so in a comment. */
const startsEmpty = (page: string): boolean => readPage(page).includes('<!-- lake: empty -->');

interface Step {
	readonly line: number;
	readonly title: string;
	readonly text: string;
	/** Undefined if the text is what the commands before it print. */
	readonly commands?: string;
}

/** The steps of a page: each runs a block of commands, or compares a block of output with what was seen last. */
const listSteps = (page: string): Step[] =>
	readBlocks(page).flatMap((block): Step[] => {
		const { line, text } = block;
		if (isOutput(block)) return [{ line, text, title: 'the output is what the commands print' }];
		const mark = hasCommands(block) ? readMark(block) : undefined;
		if (mark?.kind !== 'run') return [];
		return [{ line, text, title: text.split('\n')[0]?.slice(0, 80) ?? '', commands: `${mark.after}\n${text}` }];
	});

const toRun = pages.map((page) => ({ page, steps: listSteps(page) })).filter(({ steps }) => steps.length > 0);

let lake: PageLake;
beforeAll(async () => {
	lake = await startPageLake();
}, 600_000);
afterAll(() => lake?.stop());

// The lake of the week serves its pages before the others empty it.
describe.each(toRun.sort((a, b) => Number(startsEmpty(a.page)) - Number(startsEmpty(b.page))))(
	'$page',
	({ page, steps }) => {
		let seen = '';
		beforeAll(async () => {
			await lake.startPage();
			if (startsEmpty(page)) await lake.emptyLake();
		});

		it.each(steps)('line $line: $title', async ({ line, text, commands }) => {
			if (commands === undefined) {
				expect(inOrder(text, seen)).toEqual(text);
				return;
			}
			const ended = await lake.runBlock(commands);
			seen = ended.seen;
			if (ended.code !== 0) {
				throw new Error(`${page}, line ${line}: the block ends with exit code ${ended.code}:\n${seen}\n\n${howToMark}`);
			}
		});
	},
);

/** The lines of a text, up to the first that does not follow in what was seen. `…` stands for any text, or any lines. */
function inOrder(text: string, seen: string): string {
	const lines = seen.split('\n').map((line) => line.trimEnd());
	const wanted = text.split('\n');
	let from = 0;
	const missing = wanted.findIndex((line) => {
		if (line === '…' || line === '') return false;
		const pattern = new RegExp(`^${line.trimEnd().split('…').map(literal).join('.*')}$`);
		const place = lines.findIndex((one, index) => index >= from && pattern.test(one));
		from = place + 1;
		return place < 0;
	});
	return (missing < 0 ? wanted : wanted.slice(0, missing)).join('\n');
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
