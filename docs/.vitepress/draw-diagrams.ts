import { renderMermaidSVG } from 'beautiful-mermaid';
import type { MarkdownRenderer } from 'vitepress';

/**
 * Draws the Mermaid diagrams of a page while the site is built, as GitHub draws them by itself. The reader loads no
 * program for it. Colours and fonts are those of the theme (`.diagram` in theme/style.css), so they follow its dark mode.
 */
export function drawDiagrams({ renderer }: MarkdownRenderer): void {
	const drawCode = renderer.rules.fence;
	renderer.rules.fence = (tokens, index, ...rest) => {
		const { info = '', content = '' } = tokens[index] ?? {};
		if (info.trim() !== 'mermaid') return drawCode?.(tokens, index, ...rest) ?? '';
		return `<div class="diagram" v-pre>${withoutStyle(renderMermaidSVG(content, { transparent: true, padding: 8, layerSpacing: 24 }))}</div>`;
	};
}

/** The style that the picture brings would load a font from elsewhere, and hold for the whole page. */
const withoutStyle = (svg: string): string =>
	svg.replace(/<style>.*?<\/style>/gs, '').replace(/ style="--bg[^"]*"/, '');
