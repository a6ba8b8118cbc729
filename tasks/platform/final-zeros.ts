/** A text without the zeros that it ends in. A pattern such as /0+$/ takes the square of the time where many do not end it. */
export function withoutFinalZeros(text: string): string {
	let end = text.length;
	while (end > 0 && text[end - 1] === '0') end--;
	return text.slice(0, end);
}
