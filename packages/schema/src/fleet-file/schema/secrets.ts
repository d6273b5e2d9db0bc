import * as z from "zod";

import { quoted } from "../../complaint.ts";
import type { Complaint } from "../../complaint.ts";
import { hasControl } from "../../fleet/flake-names.ts";
import { checkUserName } from "../../fleet/names.ts";
import { checkRecipient } from "../../fleet/recipient.ts";
import { choice, complains, named, texts } from "./values.ts";

const key = z.string().check(complains(checkRecipient));

/** Who may read which secret. */
export const secretsSchema = z
  .strictObject({
    backend: choice(["sops", "agenix"], "What encrypts the files."),
    admins: named(
      z.union([key, z.array(key).min(1)], { error: "expected a public key or a list of public keys" }),
      "The people who may read the secrets, with their public keys (age1..., ssh or PGP fingerprint).",
      checkUserName,
    ),
    files: named(
      z
        .strictObject({
          hosts: texts("The hosts that may read the file, as selectors."),
          admins: texts("The admins that may read the file. Default: all.").optional(),
        })
        .meta({ description: "Who may read the file." }),
      "The files of secrets by their path in the repository.",
      checkSecretsPath,
    ),
  })
  .meta({ id: "secrets", description: "Who may read which secret." });

/** What {@link secretsSchema} accepts. */
export type SecretsInput = z.infer<typeof secretsSchema>;

function checkSecretsPath(path: string): Complaint | undefined {
  const hint = "write it relative to the repository, for example secrets/gateway.yaml";
  if (path === "") return { message: "the path is empty", hint };
  const escapes = path.startsWith("/") || path.startsWith("-") || path.split("/").includes("..");
  if (escapes || hasControl(path) || path.includes("\\")) {
    return { message: `${quoted(path)} is not a path in the repository`, hint };
  }
  return undefined;
}
