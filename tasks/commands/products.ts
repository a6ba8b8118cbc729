import type { CommandModule } from 'yargs';
import { defineTask } from './define-task';

const seed = defineTask({
	command: 'products seed',
	describe: 'Write the product catalogue to DynamoDB, each product with a random stock',
	about: [
		'Writes the 600 products of the generated shop: product_id, product_name, category, price, rating where it has one, current_stock (0 to 500, at random) and forecasted_demand (0).',
		'A product that is there already stays as it is. Run again, after a failure or later, it adds what is missing and changes no stock.',
		'Returns: status (published or unchanged), table, products, written. Exit code 78 where there is no such table.',
	].join('\n\n'),
	options: {
		'products-table': { type: 'string', default: 'Products', describe: 'The DynamoDB table' },
		seed: { type: 'string', default: '1', describe: 'Seed of the generated shop, as for generate' },
	},
	run: async (context, { 'products-table': table, seed, dryRun }) => {
		const { seedProducts } = await import('../pipeline/serving');
		return seedProducts(context, { table, seed, dryRun });
	},
	show: ({ status, table, products, written }) =>
		status === 'planned'
			? `Would write to ${table} what is missing of ${products} products`
			: `${written} of ${products} products written to ${table}; the others were there`,
});

export const products: CommandModule = {
	command: 'products',
	describe: 'The product catalogue in DynamoDB: seed',
	builder: (yargs) =>
		yargs.command([seed]).demandCommand(1, "Say what to do with the products; 'shoplake products --help' lists it."),
	handler: () => undefined,
};
