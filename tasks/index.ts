// What a project imports as 'shoplake'.
export type { SqlType } from './contracts';
export {
	defineConfig,
	defineGoldTable,
	type GoldColumn,
	type GoldTableDefinition,
	type ProjectConfig,
} from './project/define';
