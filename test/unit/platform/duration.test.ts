import { parseDuration } from '../../../tasks/platform/duration';

test.each([
	['500ms', 500],
	['3s', 3000],
	['1.5m', 90_000],
	['596h', 2_145_600_000],
])('%s is %d milliseconds', (text, ms) => {
	expect(parseDuration('--interval', text)).toBe(ms);
});

test.each(['597h', '1000h', `${'9'.repeat(400)}h`])('refuses %s: too long for a timer', (text) => {
	expect(() => parseDuration('--interval', text)).toThrow(`--interval '${text}' is too long: give at most 596h.`);
});
