/** Prints lines for the user to standard output. */
export type Print = (text: string) => void;
