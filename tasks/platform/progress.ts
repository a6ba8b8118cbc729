import { printable } from './printable';

/** Shows the progress of long work: a bar on a terminal, nothing elsewhere (the log has the milestones). */
export interface Progress {
	/** `done` of `total` units of `label` are finished. */
	update(label: string, done: number, total: number): void;
	/** Clears the bar, so that other output can follow. */
	clear(): void;
}

const width = 28;

export function createProgress(stream: NodeJS.WriteStream): Progress {
	if (!stream.isTTY) return { update: () => undefined, clear: () => undefined };
	let isShown = false;
	return {
		update(label, done, total) {
			isShown = true;
			const filled = total === 0 ? width : Math.round((width * done) / total);
			stream.write(`\r\x1b[2K${'█'.repeat(filled)}${'░'.repeat(width - filled)} ${done}/${total} ${printable(label)}`);
		},
		clear: () => {
			if (isShown) stream.write('\r\x1b[2K');
			isShown = false;
		},
	};
}
