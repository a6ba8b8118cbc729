import { createHash } from 'node:crypto';

/** The first 16 hexadecimal digits of a text's SHA-256: tells texts apart, and is short enough for manifests and Glue. */
export const shortDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
