import type { CommandModule } from 'yargs';
import { defineTask } from './define-task';

const seed = defineTask({
	command: 'products seed',
	keepsCosts: true,
	describe: 'Write the product catalogue to DynamoDB, each product with a random stock',
	about: [
		'Writes the 600 products of the generated shop: product_id, product_name, category, price, rating (if it has one), current_stock (random, 0 to 500) and forecasted_demand (0).',
		'Existing products stay as they are. Run it again, after a failure or later: it adds what is missing and changes no stock.',
		'Reads: nothing. Writes: the DynamoDB table. Returns: status (published or unchanged), table, products, written. Exit code 78 if there is no such table.',
	].join('\n\n'),
	options: {
		'products-table': { type: 'string', default: 'Products', describe: 'The DynamoDB table' },
		seed: { type: 'string', default: '1', describe: 'The seed of the generated shop, as in `generate`' },
	},
	run: async (context, { 'products-table': table, seed, dryRun }) => {
		const { seedProducts } = await import('../pipeline/serving');
		return seedProducts(context, { table, seed, dryRun });
	},
	show: ({ status, table, products, written }) =>
		status === 'planned'
			? `Would write the missing ones of ${products} products to ${table}`
			: `${written} of ${products} products written to ${table}; the others existed`,
});

export const products: CommandModule = {
	command: 'products',
	describe: 'The product catalogue in DynamoDB: seed',
	builder: (yargs) =>
		yargs.command([seed]).demandCommand(1, "Choose a command; 'shoplake products --help' lists them."),
	handler: () => undefined,
};
