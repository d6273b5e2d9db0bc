import { describe, expect, it } from "vitest";

import { formatSshWords, parseSshWords } from "./ssh-words.ts";

describe("parseSshWords", () => {
  it.each([
    [["-p", "22"], [{ flag: "p", value: "22" }]],
    [["-p22"], [{ flag: "p", value: "22" }]],
    [["-p 22"], [{ flag: "p", value: "22" }]],
    [["-o", "Compression=yes"], [{ flag: "o", value: "Compression=yes" }]],
    [["-o Compression yes"], [{ flag: "o", value: "Compression yes" }]],
    [["-oProxyCommand=ssh -W %h:%p bastion"], [{ flag: "o", value: "ProxyCommand=ssh -W %h:%p bastion" }]],
    [
      ["-4vv", "-C"],
      [{ flag: "4" }, { flag: "v" }, { flag: "v" }, { flag: "C" }],
    ],
    [
      ["-4i", "/key"],
      [{ flag: "4" }, { flag: "i", value: "/key" }],
    ],
    [
      ["-l", "joe", "-J", "a,b", "-F", "/f"],
      [
        { flag: "l", value: "joe" },
        { flag: "J", value: "a,b" },
        { flag: "F", value: "/f" },
      ],
    ],
    [[], []],
  ])("reads %j", (words, expected) => {
    expect(parseSshWords(words)).toEqual(expected);
    expect(parseSshWords(formatSshWords(expected))).toEqual(expected);
  });

  it.each([
    [["host"], "CONFIG_INVALID"],
    [["--"], "CONFIG_INVALID"],
    [["-"], "CONFIG_INVALID"],
    [[""], "CONFIG_INVALID"],
    [["-p"], "CONFIG_INVALID"],
    [["-p", "ssh"], "CONFIG_INVALID"],
    [["-o", "Compression"], "CONFIG_INVALID"],
    [["-o", "=x"], "CONFIG_INVALID"],
    [["-o", "RemoteCommand=id"], "CONFIG_INVALID"],
    [["-o", "localforward 1 h:2"], "CONFIG_INVALID"],
    [["-o", "User=a\nProxyCommand=id"], "CONFIG_INVALID"],
    [["-L", "1:h:2"], "CONFIG_INVALID"],
    [["-N"], "CONFIG_INVALID"],
    [["-4N"], "CONFIG_INVALID"],
    [["-W", "h:1"], "CONFIG_INVALID"],
    [["-p", "22", "id"], "CONFIG_INVALID"],
    [["-l", "-x"], "UNSAFE_NAME"],
    [["-J", "$(id)"], "UNSAFE_NAME"],
  ])("refuses %j", (words, code) => {
    expect(() => parseSshWords(words)).toThrow(expect.objectContaining({ code: `FLURRY_SSH_${code}` }));
  });
});
