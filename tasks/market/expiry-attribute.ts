/** The attribute of `StockData` by which DynamoDB deletes items: seconds since 1970. Items without it stay. */
export const expiryAttribute = 'expires_at';
