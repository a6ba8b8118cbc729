/** A stock whose quotes are generated. */
export interface Stock {
	readonly ticker: string;
	/** Approximate price of a share, in cents. */
	readonly cents: number;
	/** Approximate number of shares traded per second. */
	readonly volume: number;
}

const stock = (ticker: string, dollars: number, volume: number): Stock => ({ ticker, cents: dollars * 100, volume });

/** The fifty stocks, by ticker. The names are real; the figures are only of the right magnitude. */
export const stocks: readonly Stock[] = [
	stock('AAPL', 230, 900),
	stock('ABBV', 190, 100),
	stock('ABT', 115, 90),
	stock('ACN', 340, 50),
	stock('ADBE', 510, 55),
	stock('AMD', 150, 800),
	stock('AMZN', 200, 700),
	stock('AVGO', 170, 350),
	stock('AXP', 270, 50),
	stock('BAC', 42, 600),
	stock('BRK.B', 460, 65),
	stock('CAT', 380, 50),
	stock('COST', 900, 35),
	stock('CRM', 290, 100),
	stock('CSCO', 55, 300),
	stock('CVX', 150, 130),
	stock('DIS', 95, 160),
	stock('GE', 180, 80),
	stock('GOOGL', 170, 450),
	stock('GS', 520, 35),
	stock('HD', 400, 55),
	stock('IBM', 220, 70),
	stock('INTC', 23, 1000),
	stock('INTU', 620, 25),
	stock('JNJ', 160, 110),
	stock('JPM', 225, 150),
	stock('KO', 70, 220),
	stock('LIN', 470, 30),
	stock('LLY', 900, 45),
	stock('MA', 500, 45),
	stock('MCD', 300, 50),
	stock('META', 570, 230),
	stock('MRK', 110, 170),
	stock('MS', 115, 100),
	stock('MSFT', 430, 350),
	stock('NFLX', 720, 60),
	stock('NVDA', 135, 4000),
	stock('ORCL', 175, 150),
	stock('PEP', 170, 90),
	stock('PFE', 29, 600),
	stock('PG', 170, 110),
	stock('QCOM', 170, 140),
	stock('T', 22, 550),
	stock('TMO', 600, 25),
	stock('TSLA', 250, 1500),
	stock('UNH', 580, 55),
	stock('V', 280, 110),
	stock('WFC', 60, 280),
	stock('WMT', 80, 250),
	stock('XOM', 120, 250),
];
