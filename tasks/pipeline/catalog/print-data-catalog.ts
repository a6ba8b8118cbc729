import { datasets, gadgetSalesView, liveOrders, tables } from '../../contracts';
import { dataCatalog } from './data-catalog';

process.stdout.write(dataCatalog(Object.values(datasets), tables, [liveOrders, gadgetSalesView]));
