export {
  apply,
  assertThat,
  attrSet,
  bind,
  blank,
  comment,
  commented,
  hasAttr,
  ifElse,
  importFile,
  indentedString,
  inherit,
  letIn,
  list,
  negate,
  not,
  operator,
  ref,
  select,
  string,
  variable,
  withScope,
} from "./nix/builders.ts";
export type { AttrSetOptions } from "./nix/builders.ts";
export type { AttrPathInput, BindingsInput } from "./nix/checks.ts";
export { formals, lambda } from "./nix/functions.ts";
export type { FormalInput, FormalsOptions } from "./nix/functions.ts";
export { path, searchPath } from "./nix/paths.ts";
export { printNix } from "./nix/print.ts";
export { isNixExpression } from "./nix/syntax.ts";
export type {
  NixAttrName,
  NixAttrPath,
  NixBinaryOperator,
  NixBinding,
  NixExpression,
  NixFormals,
} from "./nix/syntax.ts";
export { nix } from "./nix/template.ts";
export { toNix } from "./nix/to-nix.ts";
export type { NixData } from "./nix/to-nix.ts";
export { inspectGeneratedFile } from "./generated-file.ts";
export type { GeneratedState } from "./generated-file.ts";
export { renderFleet } from "./render-fleet.ts";
export type { RenderedFile, RenderedFleet, RenderedStatus, RenderFleetOptions } from "./render-fleet.ts";
export type { DeclaredSecret } from "./secrets/host-secrets.ts";
export { secretsPathRegex } from "@flurry/schema";
export { hardwarePlaceholder } from "./scaffold/hardware.ts";
export { hostModuleText } from "./scaffold/host-module.ts";
export type { BootLoader, HostModuleOptions, StaticNetwork } from "./scaffold/host-module.ts";
export { scaffoldFleet } from "./scaffold/scaffold.ts";
export type { ScaffoldAdmin, ScaffoldFile, ScaffoldHost, ScaffoldOptions } from "./scaffold/scaffold-options.ts";
