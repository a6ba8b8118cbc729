/** The random streams of a day; drawing from one does not affect the others. */
export const randomStreams = { order: 0, browsing: 1, dirt: 2, catalogue: 3, stock: 4, id: 5 } as const;
