/** A host that is to read files. */
export interface AddHostRequest {
  readonly name: string;
  /** Its public ssh keys, of which the fitting one is taken, or a recipient of age. */
  readonly keys: readonly string[];
  /** The files that it is to read, relative to the policy's root; whatever else their rules cover comes with them. */
  readonly files?: readonly string[];
  /** A host whose files it is to read as well. */
  readonly like?: string;
  /** What happens when the name has another key: it is an error, or the key is replaced. Default: error. */
  readonly existing?: "error" | "replace";
}
