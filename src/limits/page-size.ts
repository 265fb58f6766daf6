/** Rows of a page: where the caller names no number, and at most. */
export const defaultPageSize = 50;
export const maxPageSize = 500;
