import { FlurryError } from "@flurry/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { parseFleetYaml } from "../read-yaml.ts";
import { addHostToFleetFile } from "./add-host.ts";
import type { NewHost } from "./add-host.ts";
import { removeHostFromFleetFile } from "./remove-host.ts";

const file = "fleet.yaml";
const media: NewHost = { name: "media", addresses: ["10.0.20.13"], tags: ["apps"] };
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJiTz2NUHR9jmNsbCIVFOGGhFKTPEQ+Xw4PE3NK8pjX1";

const add = (text: string, host: NewHost = media): string => addHostToFleetFile(text, host, { file }).text;
const remove = (text: string, name: string): string => removeHostFromFleetFile(text, name, { file }).text;

function errorOf(act: () => unknown): FlurryError {
  try {
    act();
  } catch (error) {
    if (FlurryError.is(error)) return error;
    throw error;
  }
  throw new Error("it went well");
}

const homelab = `# the fleet
hosts: # machines
  nas: { address: 10.0.20.10, tags: [storage] }   # the big one

  # at the edge
  gateway:
    address: 10.0.20.1
    health: [{ tcp: 22 }] # always
  # more to come

secrets: # who reads what
  backend: sops
  admins: { a: age12cesk05x5sn6vckvt9ty6hp8pkd3rlt42a0c82v97vut2hxaqsysfpey4m }
  files:
    secrets/a.yaml: { hosts: [nas, gateway] }
    secrets/b.yaml:
      hosts:
        - gateway # it too
        - nas
rollout:
  waves: [nas, "*"]
`;

describe("a host that is added", () => {
  it("is one line below the last one", () => {
    expect(add(homelab)).toBe(
      homelab.replace("# always\n", "# always\n  media: { address: 10.0.20.13, tags: [apps] }\n"),
    );
  });

  it("has a line for each key where one is too long", () => {
    const text = add("hosts:\n    nas:\n", {
      ...media,
      addresses: ["10.0.20.13", "fe80::1"],
      hostKey: key,
      deploy: { sshUser: "deploy", port: 2222 },
    });
    expect(text).toBe(`hosts:
    nas:
    media:
        addresses: [10.0.20.13, "fe80::1"]
        tags: [apps]
        hostKey: ${key}
        deploy: { sshUser: deploy, port: 2222 }
`);
  });

  it.each([
    ["hosts: {}\n", "hosts:\n  media: { address: 10.0.20.13, tags: [apps] }\n"],
    ["hosts: {} # none\nrollout: {}\n", "hosts:\n  media: { address: 10.0.20.13, tags: [apps] } # none\nrollout: {}\n"],
    ["hosts: { nas: {} }\n", "hosts: { nas: {}, media: { address: 10.0.20.13, tags: [apps] } }\n"],
    ["hosts:\n  nas:", "hosts:\n  nas:\n  media: { address: 10.0.20.13, tags: [apps] }\n"],
    ["hosts:\r\n  nas: {}\r\n", "hosts:\r\n  nas: {}\r\n  media: { address: 10.0.20.13, tags: [apps] }\r\n"],
    [
      "hosts:\n  nas:\n    health:\n      - command: |\n          true\n          false\n\n# end\n",
      "hosts:\n  nas:\n    health:\n      - command: |\n          true\n          false\n  media: { address: 10.0.20.13, tags: [apps] }\n\n# end\n",
    ],
  ])("suits %j", (before, after) => expect(add(before)).toBe(after));

  it.each<[NewHost, RegExp, string]>([
    [{ ...media, name: "nas" }, /has a host nas already/, "flurry host rm nas"],
    [{ ...media, name: "NAS" }, /has a host nas already/, "flurry host rm nas"],
    [{ ...media, addresses: ["10.0.20.1"] }, /gateway has the address 10\.0\.20\.1 already/, "its own address"],
  ])("refuses %j", (host, message, hint) => {
    const error = errorOf(() => add(homelab, host));
    expect(error.code).toBe("FLURRY_HOST_TAKEN");
    expect(error.message).toMatch(message);
    expect(error.hint).toContain(hint);
  });

  it("may share an address on another port", () => {
    expect(add(homelab, { ...media, addresses: ["10.0.20.1"], deploy: { port: 2222 } })).toContain("port: 2222");
  });

  it("refuses what the schema refuses, and anchors around the hosts", () => {
    expect(errorOf(() => add(homelab, { ...media, addresses: ["1.2.3"] })).code).toBe("FLURRY_FLEET_INVALID");
    expect(errorOf(() => add("hosts: &h\n  nas: {}\n")).code).toBe("FLURRY_EDIT_UNSAFE");
    expect(errorOf(() => add("hosts:\n  nas: { adress: x }\n")).place).toMatchObject({ file, line: 2 });
  });
});

describe("a host that is removed", () => {
  it("goes with its lines and the lists that name it, and with nothing else", () => {
    expect(remove(homelab, "nas")).toBe(
      homelab
        .replace("  nas: { address: 10.0.20.10, tags: [storage] }   # the big one\n", "")
        .replace("[nas, gateway]", "[gateway]")
        .replace("        - nas\n", "")
        .replace('[nas, "*"]', '["*"]'),
    );
    expect(remove(homelab, "gateway")).toBe(
      homelab
        .replace("  gateway:\n    address: 10.0.20.1\n    health: [{ tcp: 22 }] # always\n", "")
        .replace("[nas, gateway]", "[nas]")
        .replace("        - gateway # it too\n", ""),
    );
  });

  it("leaves an empty fleet behind when it was the last", () => {
    expect(remove("hosts:\n  nas:\n    address: x\nrollout: {}\n", "nas")).toBe("hosts:\n  {}\nrollout: {}\n");
    expect(remove("hosts: { nas: {} }\n", "nas")).toBe("hosts: {}\n");
  });

  it("says where it is still needed", () => {
    const error = errorOf(() => remove('hosts:\n  a:\n  b:\nrollout:\n  waves: ["a or b", "*"]\n', "a"));
    expect(error.code).toBe("FLURRY_FLEET_INVALID");
    expect(error.place).toEqual({ file, line: 4, column: 11 });
  });

  it("is known, or the nearest name is", () => {
    const error = errorOf(() => remove(homelab, "nsa"));
    expect([error.code, error.hint]).toEqual(["FLURRY_NOTHING_SELECTED", "did you mean nas?"]);
  });
});

describe("any host", () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/);
  const host = fc.record({
    name,
    addresses: fc.uniqueArray(fc.ipV4(), { minLength: 1, maxLength: 2 }),
    tags: fc.array(name, { maxLength: 3 }),
    hostKey: fc.option(fc.constant(key), { nil: undefined }),
  });
  const styles = fc.constantFrom(
    "hosts: {}\n",
    "hosts:\n  zz-0: {}\n# end\n",
    "a: 1\n".replace("a: 1\n", "hosts: { zz-0: {} }\n"),
  );

  it("that is added and removed leaves the file as it was", () => {
    fc.assert(
      fc.property(styles, fc.array(host, { maxLength: 4 }), (start, hosts) => {
        const different = hosts.filter(
          (one, index) =>
            hosts.findIndex((other) => other.name === one.name) === index &&
            !hosts.slice(0, index).some((other) => other.addresses.some((address) => one.addresses.includes(address))),
        );
        const texts = [start];
        for (const { hostKey, ...one } of different)
          texts.push(add(texts.at(-1) ?? "", hostKey === undefined ? one : { ...one, hostKey }));
        const read = parseFleetYaml(texts.at(-1) ?? "", { file });
        expect(
          read.ok &&
            read.value.hosts.slice(-different.length || Infinity).map(({ name: own, addresses }) => [own, addresses]),
        ).toEqual(different.map((one) => [one.name, one.addresses]));
        for (const [index, one] of different.toReversed().entries()) {
          const before = texts[texts.length - 2 - index] ?? "";
          const after = remove(texts[texts.length - 1 - index] ?? "", one.name);
          // The block that an empty mapping became stays one.
          expect(after.replace(/hosts:\s+\{\}/, "hosts: {}")).toBe(before);
        }
      }),
    );
  });
});
