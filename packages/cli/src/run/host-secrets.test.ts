import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { drvPath, tempDir } from "@flurry/core";
import type { StorePath } from "@flurry/core";
import type { EvaluationSuccess, LockedFlake } from "@flurry/nix";
import { describe, expect, it } from "vitest";

import { lockedFlake, systemOf } from "../../tests/support/fake-services.ts";
import { hostSecretsCheck, inspectSecrets } from "./host-secrets.ts";

function evaluation(files: readonly string[]): EvaluationSuccess {
  const outPath = systemOf("nas");
  const secrets = files.map((file, index) => ({ name: `token-${index}`, file }));
  return {
    host: "nas",
    status: "ok",
    drvPath: drvPath(`${outPath}.drv`),
    outPath,
    system: "x86_64-linux",
    cached: false,
    verified: true,
    reasons: [],
    durationMs: 1,
    ...(files.length === 0 ? {} : { secrets: { age: { secrets, identityPaths: ["/etc/ssh/ssh_host_ed25519_key"] } } }),
  };
}

/** A flake whose source is a folder. */
async function source(files: Readonly<Record<string, string>>, more: Partial<LockedFlake> = {}) {
  const dir = await tempDir("flurry-host-secrets");
  await mkdir(join(dir.path, "infra", "secrets"), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir.path, name), text);
  const flake = lockedFlake(".", { storePath: dir.path as StorePath, ...more });
  return { flake, [Symbol.asyncDispose]: () => dir[Symbol.asyncDispose]() };
}

describe("hostSecretsCheck", () => {
  it("is one error for all that is wrong, with a way out", async () => {
    await using place = await source({ "infra/secrets/clear.age": "x" }, { subdirectory: "infra" });
    const { error } = hostSecretsCheck([], place.flake);
    const found = await error(evaluation(["infra/secrets/clear.age", "infra/secrets/none.age", "shared.age"]));
    expect(found?.toJSON()).toMatchObject({
      code: "FLURRY_SECRETS_NOT_READY",
      message: "secrets/clear.age is not encrypted with age (and 2 more problems)",
      place: { file: "secrets/clear.age" },
      hint: "the details tell the way out of each; to go on all the same: --no-secrets-check",
    });
    expect(found?.details).toContain(
      "secrets/clear.age is not encrypted with age\n  flurry secrets encrypt --in-place",
    );
    expect(found?.details).toContain("there is no secrets/none.age");
    expect(found?.details).toContain("there is no ../shared.age");
    expect(await error(evaluation(["infra/secrets/clear.age"]))).toMatchObject({
      message: "secrets/clear.age is not encrypted with age",
      hint: "flurry secrets encrypt --in-place secrets/clear.age; to go on all the same: --no-secrets-check",
    });
  });

  it("does not look outside of the source and the store, nor for what is still to be built", async () => {
    await using place = await source({});
    const { problems } = hostSecretsCheck([], place.flake);
    const elsewhere = ["/etc/secrets.age", "../outside.age", "/nix/store/80wv3klj0i0s9bxjbyjfipr3z3lmkrqa-built.age"];
    expect(await problems(evaluation(elsewhere))).toEqual([]);
  });

  it("has nothing to say of hosts without secrets, and is not there when it is not wanted", async () => {
    await using place = await source({});
    expect(await hostSecretsCheck([], place.flake).error(evaluation([]))).toBeUndefined();
    expect(inspectSecrets([], place.flake, { noSecretsCheck: true })).toEqual({});
    expect(inspectSecrets([], place.flake, {}).inspectSystem).toBeTypeOf("function");
  });
});
