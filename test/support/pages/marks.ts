import type { Block } from './pages';

/** What the comment before a block of commands says about who runs it. */
export type Mark =
	| { readonly kind: 'run' /** What the reader has done before, as shell commands. */; readonly after: string }
	| { readonly kind: 'run by'; readonly test: string }
	| { readonly kind: 'not run'; readonly why: string };

/** How to mark a block; the tests say it where they fail. */
export const howToMark = `Blocks of commands are marked \`\`\`sh and hold no output; output, pictures and the like are \`\`\`text.
test/e2e/docs.test.ts runs each block of commands in order, unless an HTML comment on the line before it says otherwise:
  <!-- not run: needs an AWS account -->        nothing runs it; say why
  <!-- run by test/e2e/package.test.ts -->      that test runs its commands
  <!-- run after: cp orders.csv ~/my-shop/ -->  the reader has done this before
CONTRIBUTING.md says more ('Commands in the pages').`;

/** Whether a block holds commands. */
export const hasCommands = ({ language }: Block): boolean => language === 'sh';

/** Who runs a block of commands. Throws Error if the comment before it is none of the marks. */
export function readMark(block: Block): Mark {
	const { mark, page, line } = block;
	if (mark === undefined || mark.startsWith('lake: ')) return { kind: 'run', after: '' };
	const [, kind, rest = ''] = /^(run after:|run by|not run:)\s+(.+)$/s.exec(mark) ?? [];
	if (kind === 'run after:') return { kind: 'run', after: rest };
	if (kind === 'run by') return { kind: 'run by', test: rest };
	if (kind === 'not run:') return { kind: 'not run', why: rest };
	throw new Error(`${page}, line ${line}: the comment before the block is no mark: ${mark}\n\n${howToMark}`);
}

/** The comment before a block of output that has to be what the commands before it print. */
export const isOutput = ({ language, mark }: Block): boolean => language === 'text' && mark === 'prints';
