import { describe, expect, it } from "vitest";

import { parseSshGOutput, splitFileNames } from "./ssh-g-output.ts";

const least = "hostname nas.lan\nuser joe\nport 2222\n";

describe("parseSshGOutput", () => {
  it("reads what OpenSSH prints", () => {
    const output = parseSshGOutput(`host nas
${least}addressfamily inet6
identitiesonly yes
identityagent $AGENT
identityfile ~/.ssh/id_%h
identityfile /with blank/key
userknownhostsfile /home/joe/.ssh/known hosts /b
globalknownhostsfile none
stricthostkeychecking accept-new
hostkeyalgorithms ssh-ed25519,rsa-sha2-512
connecttimeout none
serveraliveinterval 30
serveralivecountmax 2
proxyjump a@b:22,c
hostkeyalias other
syslogfacility USER
`);
    expect(output).toMatchObject({
      hostname: "nas.lan",
      user: "joe",
      port: 2222,
      addressfamily: "inet6",
      identitiesonly: true,
      identityagent: "$AGENT",
      identityfile: ["~/.ssh/id_%h", "/with blank/key"],
      userknownhostsfile: ["/home/joe/.ssh/known hosts", "/b"],
      globalknownhostsfile: [],
      stricthostkeychecking: "accept-new",
      hostkeyalgorithms: ["ssh-ed25519", "rsa-sha2-512"],
      connecttimeout: undefined,
      serveraliveinterval: 30,
      serveralivecountmax: 2,
      proxyjump: "a@b:22,c",
      proxycommand: undefined,
      hostkeyalias: "other",
    });
  });

  it.each([
    ["ask", "strict"],
    ["true", "strict"],
    ["yes", "strict"],
    ["accept-new", "accept-new"],
    ["false", "off"],
    ["no", "off"],
    ["off", "off"],
    ["something-of-the-future", "strict"],
  ])("takes StrictHostKeyChecking %s as %s", (value, expected) => {
    expect(parseSshGOutput(`${least}stricthostkeychecking ${value}\n`).stricthostkeychecking).toBe(expected);
  });

  it.each([
    "",
    "hostname a\nuser b\n",
    "hostname a\nuser b\nport ssh\n",
    "hostname a\nuser b\nport 0\n",
    "user b\nport 1\n",
  ])("refuses %j", (text) => {
    expect(() => parseSshGOutput(text)).toThrow(expect.objectContaining({ code: "FLURRY_SSH_CONFIG_INVALID" }));
  });
});

it.each([
  ["/a /b", ["/a", "/b"]],
  ["/a b /c", ["/a b", "/c"]],
  ["~/a %d/b", ["~/a", "%d/b"]],
  ['"/a b" /c', ["/a b", "/c"]],
  ["none", []],
  ["", []],
])("splits the file names %j", (text, expected) => {
  expect(splitFileNames(text)).toEqual(expected);
});
