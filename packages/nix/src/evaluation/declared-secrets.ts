import * as z from "zod";

/**
 * What a configuration says of its secrets, as a function of the source and the configuration; `{ }` when it says nothing.
 * Only paths and names are looked at, which the system needs as well, so that nothing is evaluated that was not. What
 * throws is left out: the evaluation of the system says it better, and options of these names may be somebody's own.
 *
 * Source of the options: modules/sops/default.nix of sops-nix, modules/age.nix of agenix.
 */
export const secretsDriver = `
source: config:
let
  attempt = value:
    let tried = builtins.tryEval (builtins.deepSeq value value); in if tried.success then tried.value else { };
  set = value: if builtins.isAttrs value then value else { };
  text = value:
    if builtins.isString value || builtins.isPath value || (builtins.isAttrs value && value ? outPath) then
      builtins.unsafeDiscardStringContext (toString value)
    else throw "this is no text";
  texts = value: if builtins.isList value then map text value else [ ];
  isSome = value: value != null && value != [ ];
  root = text source + "/";
  place = file:
    let
      path = text file;
      length = builtins.stringLength root;
    in
      if builtins.substring 0 length path == root then builtins.substring length (-1) path else path;
  declared = attribute: secrets:
    let names = builtins.filter (name: (set secrets.\${name}) ? \${attribute}) (builtins.attrNames (set secrets)); in
    map (name: secrets.\${name} // { inherit name; file = place secrets.\${name}.\${attribute}; }) names;
  sops =
    let
      it = set (config.sops or { });
      secrets = declared "sopsFile" (it.secrets or { });
    in
      if secrets == [ ] then { }
      else {
        sops = {
          secrets = map (secret: {
            inherit (secret) name file;
            key = text (secret.key or secret.name);
            format = text (secret.format or "yaml");
          }) secrets;
          sshKeyPaths = texts (it.age.sshKeyPaths or [ ]);
          hasAgeKeyFile = isSome (it.age.keyFile or null);
          hasPgp = isSome (it.gnupg.home or null) || isSome (it.gnupg.sshKeyPaths or null);
        };
      };
  age =
    let
      it = set (config.age or { });
      secrets = declared "file" (it.secrets or { });
    in
      if secrets == [ ] then { }
      else {
        age = {
          secrets = map (secret: { inherit (secret) name file; }) secrets;
          identityPaths = texts (it.identityPaths or [ ]);
        };
      };
in
  attempt sops // attempt age
`;

const sopsFormats = ["yaml", "json", "binary", "dotenv", "ini"] as const;

/** {@link DeclaredSecrets} as the driver prints it. */
export const declaredSecrets = z.object({
  sops: z
    .object({
      secrets: z.array(
        z.object({ name: z.string(), file: z.string(), key: z.string(), format: z.enum(sopsFormats).catch("yaml") }),
      ),
      sshKeyPaths: z.array(z.string()),
      hasAgeKeyFile: z.boolean(),
      hasPgp: z.boolean(),
    })
    .readonly()
    .optional(),
  age: z
    .object({
      secrets: z.array(z.object({ name: z.string(), file: z.string() })),
      identityPaths: z.array(z.string()),
    })
    .readonly()
    .optional(),
});

/**
 * The secrets that a configuration declares with the options of sops-nix (`config.sops`) and agenix (`config.age`). A `file`
 * is relative to the flake's source in the store, or absolute when it is elsewhere.
 */
export type DeclaredSecrets = z.infer<typeof declaredSecrets>;

/** Undefined when a configuration declares none. */
export function anySecrets(declared: DeclaredSecrets): DeclaredSecrets | undefined {
  return declared.sops === undefined && declared.age === undefined ? undefined : declared;
}
