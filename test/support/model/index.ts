/**
 * What the lake has to hold, as simple as `domain.md` states it: maps, whole cents, no engine. It uses none of the
 * product's code, so that agreement of the two proves something.
 */
export { Admissions } from './admissions';
export { plusDays } from './calendar';
export { type Gold, modelGold } from './gold';
export { withoutPerson } from './person';
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
	listRecords,
	modelSilver,
	type Orphan,
	type QuarantinedRecord,
	type Row,
	type Silver,
	type SourceFile,
} from './silver';
