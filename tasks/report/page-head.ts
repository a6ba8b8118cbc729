import { Html, html } from './html';

/** The beginning of a page that loads nothing, up to its body. `script` is the hash of the one script that may run. */
export const pageHead = (title: string, style: string, script?: string): Html => html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'${
	script === undefined ? '' : new Html(`; script-src 'sha256-${script}'`)
}">
<meta name="generator" content="shoplake">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>`;
