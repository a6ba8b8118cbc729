import { datasets, gadgetSalesView, liveOrders, quotes, tables } from '../../contracts';
import { renderDataCatalog } from './data-catalog';

process.stdout.write(renderDataCatalog(Object.values(datasets), tables, [liveOrders, gadgetSalesView], quotes));
