export { type LoadedForecasts, loadForecasts } from './forecasts';
export { loadKpis } from './load-kpis';
export { planKpiLoad, type StaleDate, servingTable } from './plan';
export { type KpiQuery, kpiAnswer, queryKpis } from './read-kpis';
export { restoreServing } from './restore';
export { seedProducts } from './seed-products';
