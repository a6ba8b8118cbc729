// What a project imports as 'shoplake'.
export type { Field, SqlType } from './contracts';
export {
	type ColumnsDefinition,
	type DatasetDefinition,
	day,
	defineColumns,
	defineConfig,
	defineDataset,
	defineGoldTable,
	figure,
	type GoldColumn,
	type GoldTableDefinition,
	keyText,
	moment,
	money,
	type OptionalField,
	optional,
	type ProjectConfig,
	text,
	whole,
	word,
} from './project/define';
