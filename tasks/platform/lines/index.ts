export { type DecodedText, DecodeError, decodeText, MarkError } from './decode';
export { decompress, GzipError, tap } from './decompress';
export { encodingByLabel, guessEncoding, utf8 } from './encodings';
export { type LineFault, readBlocks } from './line-blocks';
export { normalizeLines, splitLines, withoutByteOrderMarks, withoutLineEnd } from './line-ends';
export { type Line, readLines } from './lines';
export { type Peeked, peek } from './peek';
