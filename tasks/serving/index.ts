export { loadKpis } from './load-kpis';
export { planKpiLoad, servingTable, type StaleDate } from './plan';
