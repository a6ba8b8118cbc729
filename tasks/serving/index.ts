export { loadKpis } from './load-kpis';
export { planKpiLoad, type StaleDate, servingTable } from './plan';
export { type KpiQuery, type KpiRow, kpiColumns, queryKpis } from './read-kpis';
