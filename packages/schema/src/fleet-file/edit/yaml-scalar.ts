/** A text in YAML, in a flow mapping too: as it is where it cannot be taken for anything else, else in quotes. */
export function yamlScalar(text: string): string {
  const plain =
    /^[A-Za-z][A-Za-z0-9 ._/+@=-]*(?::[A-Za-z0-9/][A-Za-z0-9._/+?=&:@-]*)?$/.test(text) && !/[\s:]$/.test(text);
  const word = /^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
  const address = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);
  const duration = /^\d+[smhd]$/.test(text);
  return address || duration || (plain && !word && !text.includes(" #")) ? text : JSON.stringify(text);
}
