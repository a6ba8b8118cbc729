/** The parts of ECharts that the report draws with. */
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, MarkPointComponent } from 'echarts/components';
import { use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

use([BarChart, LineChart, GridComponent, MarkPointComponent, SVGRenderer]);

export { type EChartsCoreOption, init } from 'echarts/core';
