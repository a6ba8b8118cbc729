/** A text without its trailing zeros. A pattern such as /0+$/ takes quadratic time on long runs of zeros elsewhere. */
export function withoutFinalZeros(text: string): string {
	let end = text.length;
	while (end > 0 && text[end - 1] === '0') end--;
	return text.slice(0, end);
}
