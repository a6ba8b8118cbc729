import type { CfnDashboard } from 'aws-cdk-lib/aws-quicksight';
import type { Table } from '../../tasks/contracts';
import { dataSetId } from './gold-data-set';

/** A chart of a sheet, and how much of its 36 columns it takes. */
export interface Chart {
	readonly visualId: string;
	readonly width: number;
	readonly height: number;
	readonly visual: CfnDashboard.VisualProperty;
}

/** A chart under construction: what it is called, what it reads, and how large it is. */
interface ChartOf {
	readonly id: string;
	readonly title: string;
	readonly table: Table;
	readonly width: number;
	readonly height: number;
}

type Measure = { readonly column: string; readonly by: 'SUM' | 'AVERAGE' };

/** One number over all dates, with its line by day. */
export function kpi(of: ChartOf, measure: Measure, date: string): Chart {
	return chart(of, 'kpiVisual', {
		fieldWells: { values: [measureField(of, measure)], trendGroups: [dayField(of, date)] },
	});
}

/** A line a category, by day. */
export function linesByDay(of: ChartOf, measure: Measure, date: string, category: string): Chart {
	return chart(of, 'lineChartVisual', {
		fieldWells: {
			lineChartAggregatedFieldWells: {
				category: [dayField(of, date)],
				values: [measureField(of, measure)],
				colors: [nameField(of, category)],
			},
		},
		type: 'LINE',
	});
}

/** A bar a category, the longest first. */
export function bars(of: ChartOf, measure: Measure, category: string): Chart {
	return chart(of, 'barChartVisual', {
		fieldWells: {
			barChartAggregatedFieldWells: {
				category: [nameField(of, category)],
				values: [measureField(of, measure)],
			},
		},
		orientation: 'HORIZONTAL',
		sortConfiguration: { categorySort: [sortBy(of, measure, 'DESC')] },
	});
}

/** A row for each combination of the columns, in the order of the first measure. */
export function rows(
	of: ChartOf,
	groupBy: readonly string[],
	measures: readonly [Measure, ...Measure[]],
	direction: 'ASC' | 'DESC',
): Chart {
	return chart(of, 'tableVisual', {
		fieldWells: {
			tableAggregatedFieldWells: {
				groupBy: groupBy.map((column) => nameField(of, column)),
				values: measures.map((measure) => measureField(of, measure)),
			},
		},
		sortConfiguration: { rowSort: [sortBy(of, measures[0], direction)] },
	});
}

function chart(
	{ id, title, width, height }: ChartOf,
	kind: 'kpiVisual' | 'lineChartVisual' | 'barChartVisual' | 'tableVisual',
	chartConfiguration: object,
): Chart {
	const heading = { visibility: 'VISIBLE', formatText: { plainText: title } };
	return { visualId: id, width, height, visual: { [kind]: { visualId: id, title: heading, chartConfiguration } } };
}

const fieldId = ({ id }: ChartOf, column: string) => `${id}-${column}`;
const columnOf = ({ table }: ChartOf, columnName: string) => ({ dataSetIdentifier: dataSetId(table), columnName });

const measureField = (of: ChartOf, { column, by }: Measure): CfnDashboard.MeasureFieldProperty => ({
	numericalMeasureField: {
		fieldId: fieldId(of, column),
		column: columnOf(of, column),
		aggregationFunction: { simpleNumericalAggregation: by },
	},
});

const dayField = (of: ChartOf, column: string): CfnDashboard.DimensionFieldProperty => ({
	dateDimensionField: { fieldId: fieldId(of, column), column: columnOf(of, column), dateGranularity: 'DAY' },
});

const nameField = (of: ChartOf, column: string): CfnDashboard.DimensionFieldProperty => ({
	categoricalDimensionField: { fieldId: fieldId(of, column), column: columnOf(of, column) },
});

const sortBy = (of: ChartOf, { column }: Measure, direction: 'ASC' | 'DESC') => ({
	fieldSort: { fieldId: fieldId(of, column), direction },
});
