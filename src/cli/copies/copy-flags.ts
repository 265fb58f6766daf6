/** The flags of commands that copy rows. */
export interface CopyFlags {
  isDry: boolean;
  force: boolean;
  print: (text: string) => void;
}
