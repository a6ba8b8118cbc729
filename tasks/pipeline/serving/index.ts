export { type LoadedForecasts, loadForecasts } from './forecasts';
export { loadKpis, planAllLoads } from './load-kpis';
export { type DateToLoad, planKpiLoad, servingTable } from './load-state';
export { type KpiQuery, kpiAnswer, queryKpis } from './read-kpis';
export { restoreServingTable, restoreServingTables } from './restore-serving-table';
export { seedProducts } from './seed-products';
