import { describe, expect, it } from "vitest";

import { openDataKey } from "./data-key.ts";
import { inDecryptionOrder, parseDecryptionOrder } from "./decryption-order.ts";
import type { KeyOpener, KeyType, MasterKey } from "./master-key.ts";

describe("the order in which kinds of keys are tried", () => {
  const group: MasterKey[] = (["age", "kms", "pgp"] as const).map((type) => ({ type, id: `a ${type} key`, enc: "x" }));
  const tried = async (order: readonly KeyType[] | undefined): Promise<readonly string[]> => {
    const names: string[] = [];
    const opener = (type: KeyType, name: string, rank: number): KeyOpener => ({
      type,
      rank: () => rank,
      open: () => {
        names.push(name);
        return null;
      },
    });
    const openers = [
      opener("pgp", "gpg", 4),
      opener("age", "locked", 3),
      opener("age", "own", 0),
      opener("kms", "c", 9),
    ];
    const ordered = order === undefined ? openers : inDecryptionOrder(openers, order);
    await expect(openDataKey([group], undefined, ordered)).rejects.toMatchObject({ code: "FLURRY_SOPS_NO_KEY" });
    return names;
  };

  it("is that of ranks unless somebody says", async () => {
    expect(await tried(undefined)).toEqual(["own", "locked", "gpg", "c"]);
  });

  it.each([
    ["age,pgp", ["own", "locked", "gpg", "c"]],
    ["pgp, age", ["gpg", "own", "locked", "c"]],
    ["kms", ["c", "own", "locked", "gpg"]],
  ])("%s", async (text, names) => {
    expect(await tried(parseDecryptionOrder(text))).toEqual(names);
  });

  it.each(["age,aeg", "pgp,pgp", "age,"])("%s is refused", (text) => {
    expect(() => parseDecryptionOrder(text)).toThrow(/SOPS_DECRYPTION_ORDER/);
  });
});
