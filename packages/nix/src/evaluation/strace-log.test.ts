import { describe, expect, it } from "vitest";

import { parseStraceLog } from "./strace-log.ts";

const directory = "/nix/store/aaa-source";
const places = { directory, cwd: `${directory}/d` };

function hex(text: string): string {
  return [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

describe("parseStraceLog", () => {
  it.each([
    [`openat(AT_FDCWD<${hex("/root")}>, "${hex(`${directory}/a b`)}", O_RDONLY|O_CLOEXEC) = 9`, [["open", "/a b"]]],
    [
      `openat(AT_FDCWD<${hex("/root")}>, "${hex(`${directory}/no`)}", O_RDONLY) = -1 ENOENT (No such file)`,
      [["open", "/no"]],
    ],
    [
      `openat(7<${hex(`${directory}/d`)}>, "${hex("é")}", O_RDONLY|O_NOFOLLOW) = 9`,
      [
        ["lstat", "/d/é"],
        ["open", "/d/é"],
      ],
    ],
    [
      `openat(AT_FDCWD<${hex("/")}>, "${hex(`${directory}/d`)}", O_RDONLY|O_DIRECTORY) = 9<${hex("/x")}>`,
      [
        ["open", "/d"],
        ["real", "/d"],
      ],
    ],
    [
      `openat2(7<${hex(directory)}>, "${hex("d")}", {flags=O_PATH}, 24) = 9`,
      [
        ["stat", "/d"],
        ["real", "/d"],
      ],
    ],
    [`newfstatat(AT_FDCWD<${hex("/")}>, "${hex(directory)}", {st_mode=S_IFDIR|0555}, 0) = 0`, [["stat", ""]]],
    [
      `newfstatat(AT_FDCWD<${hex("/")}>, "${hex(`${directory}/a`)}", {st_mode=S_IFREG|0444}, AT_SYMLINK_NOFOLLOW) = 0`,
      [["lstat", "/a"]],
    ],
    [`newfstatat(9<${hex(directory)}>, "", {st_mode=S_IFREG|0444}, AT_EMPTY_PATH) = 0`, []],
    [`readlink("${hex(`${directory}/l`)}", "${hex("a")}", 256) = 1`, [["lstat", "/l"]]],
    [`access("${hex(`${directory}/a`)}", F_OK) = 0`, [["stat", "/a"]]],
    [`unlink("${hex(`${directory}/a`)}") = -1 EROFS`, []],
    [`openat(AT_FDCWD<${hex("/root")}>, "${hex("/etc/passwd")}", O_RDONLY) = 9`, []],
    ["+++ exited with 0 +++", []],
  ])("reads %s", (line, expected) => {
    expect(parseStraceLog(`${line}\n`, places)?.map(({ kind, path }) => [kind, path])).toEqual(expected);
  });

  it("knows where calls start from that do not say so, as long as nobody goes elsewhere", () => {
    const line = `access("${hex("x")}", F_OK) = 0\n`;
    expect(parseStraceLog(line, places)).toEqual([{ kind: "stat", path: "/d/x" }]);
    expect(parseStraceLog(`chdir("${hex("/")}") = 0\n${line}`, places)).toBeUndefined();
  });

  it("knows nothing when a name is no UTF-8", () => {
    const line = `openat(AT_FDCWD<${hex("/")}>, "${hex(`${directory}/`)}\\xff", O_RDONLY) = 9`;
    expect(parseStraceLog(line, places)).toBeUndefined();
  });
});
