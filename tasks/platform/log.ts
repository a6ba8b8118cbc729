import winston from 'winston';
import { printableLines } from './printable';

export type Log = Pick<winston.Logger, 'debug' | 'info' | 'warn' | 'error'>;

/**
 * Logs to stderr: one JSON object per line with `level`, `message`, `task`, `run_id`; on a terminal plain text.
 */
export function createLog(options: { task: string; runId: string; level: string; terminal: boolean }): Log {
	const { combine, timestamp, json, printf, colorize } = winston.format;
	const readable = combine(
		colorize(),
		printf(({ level, message }) =>
			level.includes('info') ? printableLines(`${message}`) : `${level}: ${printableLines(`${message}`)}`,
		),
	);
	return winston.createLogger({
		level: options.level,
		defaultMeta: { task: options.task, run_id: options.runId },
		format: options.terminal ? readable : combine(timestamp(), json()),
		transports: [new winston.transports.Console({ stderrLevels: ['error', 'warn', 'info', 'debug'] })],
	});
}
