import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';

export const phone = { width: 390, height: 844 };
export const screen = { width: 1040, height: 900 };

export const launchBrowser = (): Promise<Browser> =>
	chromium.launch({
		executablePath: execFileSync('which', ['chromium'], { encoding: 'utf8' }).trim(),
		args: ['--no-sandbox'],
	});

export interface OpenedPage {
	readonly page: Page;
	/** What the browser complains about, and what it asks the network for. */
	readonly complaints: readonly string[];
}

/** Opens a page of HTML from its file; `fragment` names a part of it. */
export async function openFile(
	browser: Browser,
	path: string,
	{ viewport = screen, colorScheme = 'light' as 'light' | 'dark', fragment = '', javaScriptEnabled = true } = {},
): Promise<OpenedPage> {
	const page = await browser.newPage({ viewport, colorScheme, javaScriptEnabled });
	const complaints: string[] = [];
	const address = pathToFileURL(path).href;
	page.on('console', (message) => complaints.push(`console: ${message.text()}`));
	page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
	page.on(
		'request',
		(request) => request.url().split('#')[0] !== address && complaints.push(`request: ${request.url()}`),
	);
	await page.goto(fragment === '' ? address : `${address}#${fragment}`);
	return { page, complaints };
}

/** What keeps a page, with all of its parts opened, from WCAG 2.2 AA: the rule and the first elements that break it. */
export async function findViolations(page: Page): Promise<string[]> {
	await page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
	await page.evaluate(await readFile(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8'));
	const { violations } = await page.evaluate<AxeResults>('axe.run()');
	return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' ')}`);
}

export const pageWidth = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth');
