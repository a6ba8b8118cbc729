export { decompress, GzipError, tap } from './decompress';
export { type LineFault, readBlocks } from './line-blocks';
export { normalizeLines, splitLines, withoutByteOrderMarks, withoutLineEnd } from './line-ends';
export { type Line, readLines } from './lines';
