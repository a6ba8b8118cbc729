/**
 * What the lake has to hold, told as simply as `domain.md` tells it: maps, whole cents, no engine.
 * Nothing here looks at the product's code, so that an agreement of the two means something.
 */
export { Admissions } from './admissions';
export { plusDays } from './calendar';
export { type Gold, goldOf } from './gold';
export {
	type DatasetName,
	datasetNames,
	fieldNames,
	type Judged,
	judge,
	Numeral,
	type Rule,
	rules,
	type ShopDataset,
	type SourceRecord,
	shopDatasets,
	type Typed,
	type Value,
} from './records';
export {
	type AdmittedBatch,
	type BatchLabels,
	type Orphan,
	type QuarantinedRecord,
	type Row,
	recordsOf,
	type Silver,
	type SourceFile,
	silverOf,
} from './silver';
