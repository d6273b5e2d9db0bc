/** Why a text is not what it should be. */
export interface Complaint {
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** The way out. */
  readonly hint?: string;
}

/** A text in quotes as it may be shown to people: control characters visible, long texts cut. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
