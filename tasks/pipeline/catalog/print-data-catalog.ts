import { datasets, gadgetSalesView, liveOrders, tables } from '../../contracts';
import { renderDataCatalog } from './data-catalog';

process.stdout.write(renderDataCatalog(Object.values(datasets), tables, [liveOrders, gadgetSalesView]));
