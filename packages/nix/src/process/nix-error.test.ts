import { storePath } from "@flurry/core";
import { describe, expect, it } from "vitest";

import type { NixOutput } from "./nix-command.ts";
import { nixError } from "./nix-error.ts";
import type { NixErrorContext } from "./nix-error.ts";
import { NixLogReader } from "./nix-log.ts";

const source = {
  storePath: storePath("/nix/store/qm763j5682iz1nwasjxm5i5il4i72nbx-source"),
  directory: "/home/alice/fleet",
};
const evaluation: NixErrorContext = { code: "FLURRY_EVAL_FAILED", what: "evaluating nas", host: "nas", source };
const copy: NixErrorContext = { code: "FLURRY_COPY_FAILED", what: "copying to nas", host: "nas", remote: true };

function output(lines: readonly string[], exit: Partial<NixOutput> = {}): NixOutput {
  const reader = new NixLogReader();
  for (const line of lines) reader.push(line);
  return { exitCode: 1, signal: null, stdout: "", ...reader.log(), ...exit };
}

function said(text: string, more: object = {}): string {
  return `@nix ${JSON.stringify({ action: "msg", level: 0, msg: `error: ${text}`, raw_msg: text, file: null, line: null, column: null, ...more })}`;
}

describe("the place of an evaluation error", () => {
  it("is the innermost frame in the user's own files, with the path he knows", () => {
    const error = nixError(
      output([
        said("attribute 'foo' missing", {
          file: "/nix/store/00000000000000000000000000000000-nixpkgs/lib/modules.nix",
          line: 1,
          column: 1,
          trace: [
            { raw_msg: "while a", file: `${source.storePath}/hosts/nas/default.nix`, line: 12, column: 5 },
            { raw_msg: "while b", file: `${source.storePath}/flake.nix`, line: 3, column: 7 },
          ],
        }),
        '@nix {"action":"msg","level":0,"msg":"(use \'--show-trace\' to show detailed location information)"}',
      ]),
      evaluation,
    );
    expect(error).toMatchObject({
      code: "FLURRY_EVAL_FAILED",
      message: "attribute 'foo' missing",
      host: "nas",
      place: { file: "/home/alice/fleet/hosts/nas/default.nix", line: 12, column: 5 },
    });
  });

  it("is taken from the message when no frame has one, as with errors of NixOS options", () => {
    const error = nixError(
      output([
        said(
          `The option \`services.foo' does not exist. Definition values:\n- In \`${source.storePath}/modules/web.nix': true`,
        ),
      ]),
      evaluation,
    );
    expect(error.place).toEqual({ file: "/home/alice/fleet/modules/web.nix" });
    expect(error.message).toContain("/home/alice/fleet/modules/web.nix");
  });

  it("is found in a lazy source tree", () => {
    const file = `«path:${source.storePath}?narHash=sha256-x»/flake.nix`;
    const error = nixError(output([said("no", { file, line: 2, column: 3 })]), evaluation);
    expect(error.place).toEqual({ file: "/home/alice/fleet/flake.nix", line: 2, column: 3 });
  });

  it("is relative when the source has no directory here", () => {
    const error = nixError(output([said("no", { file: `${source.storePath}/flake.nix`, line: 2, column: 3 })]), {
      ...evaluation,
      source: { storePath: source.storePath },
    });
    expect(error.place).toEqual({ file: "flake.nix", line: 2, column: 3 });
  });
});

describe("text without JSON", () => {
  it("gives the innermost error of the older form", () => {
    const error = nixError(
      output([
        "error: infinite recursion encountered",
        "",
        `       at ${source.storePath}/flake.nix:9:38:`,
        "",
        "            8| }",
        "",
        "       … while evaluating the attribute 'x'",
      ]),
      evaluation,
    );
    expect(error).toMatchObject({
      message: "infinite recursion encountered",
      place: { file: "/home/alice/fleet/flake.nix", line: 9, column: 38 },
    });
  });

  it("gives the innermost error of the newer form", () => {
    const error = nixError(
      output([
        "error:",
        "       … while calling the 'head' builtin",
        `         at ${source.storePath}/flake.nix:4:5:`,
        "            4| }",
        "",
        "       error: the disk is missing",
        "       and so is the spare one",
      ]),
      evaluation,
    );
    expect(error.message).toBe("the disk is missing\n       and so is the spare one");
  });
});

describe("what an error means", () => {
  it.each([
    ["out of memory", "FLURRY_NIX_OUT_OF_MEMORY"],
    ["std::bad_alloc", "FLURRY_NIX_OUT_OF_MEMORY"],
    ["interrupted by the user", "FLURRY_NIX_KILLED"],
    ["unrecognised flag '--extra-experimental-features'", "FLURRY_NIX_TOO_OLD"],
    ["cannot update unlocked flake input 'nixpkgs' in pure mode", "FLURRY_FLAKE_INVALID"],
    ["NAR hash mismatch in input 'path:/x' (/nix/store/y), expected 'a', got 'b'", "FLURRY_FLAKE_INVALID"],
    ["the disk is missing", "FLURRY_EVAL_FAILED"],
    ["I throw: lacks nothing", "FLURRY_EVAL_FAILED"],
  ])("%s is %s", (text, code) => {
    expect(nixError(output([said(text)]), evaluation).code).toBe(code);
  });

  it.each([
    ["cannot add path '/nix/store/a' because it lacks a valid signature", "trusted-users"],
    ["cannot add path '/nix/store/a' because it lacks a signature by a trusted key", "trusted-public-keys"],
  ])("%s has its cures as a hint", (text, cure) => {
    const error = nixError(output([said(text)]), copy);
    expect(error.code).toBe("FLURRY_COPY_UNSIGNED");
    expect(error.hint).toContain(cure);
  });

  it.each([
    ["ssh: Could not resolve hostname nas: Name or service not known", "FLURRY_SSH_UNREACHABLE"],
    ["ssh: connect to host 10.0.0.9 port 22: Connection refused", "FLURRY_SSH_UNREACHABLE"],
    ["root@nas: Permission denied (publickey,password).", "FLURRY_SSH_AUTH_FAILED"],
    ["Host key verification failed.", "FLURRY_SSH_HOST_KEY_UNKNOWN"],
    ["@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @", "FLURRY_SSH_HOST_KEY_CHANGED"],
    ["Connection to nas closed by remote host.", "FLURRY_SSH_CONNECTION_LOST"],
    ["client_loop: send disconnect: Broken pipe", "FLURRY_SSH_CONNECTION_LOST"],
    ["Connection closed by 10.0.0.9 port 22", "FLURRY_SSH_CONNECTION_LOST"],
    ["bash: line 1: nix-daemon: command not found", "FLURRY_HOST_UNSUITABLE"],
  ])("%s is %s", (line, code) => {
    const eof = said("cannot open connection to remote store 'ssh-ng://root@nas': error: unexpected end-of-file");
    const error = nixError(output([line, eof]), copy);
    expect(error.code).toBe(code);
    expect(error.details).toContain(line);
  });

  it("does not take a user's words about ssh for ssh's own", () => {
    expect(nixError(output([said("Connection refused, says my module")]), evaluation).code).toBe("FLURRY_EVAL_FAILED");
  });

  it("tells a full disk here from one on the host", () => {
    const text = "writing to file: No space left on device";
    expect(nixError(output([said(text)]), evaluation)).toMatchObject({
      code: "FLURRY_NIX_DISK_FULL",
      message: "no space is left on a disk of this machine",
      hint: expect.stringContaining("nix-collect-garbage"),
      details: expect.stringContaining(text),
    });
    expect(nixError(output([said(text)]), copy).code).toBe("FLURRY_HOST_DISK_FULL");
  });
});

describe("a process that says nothing", () => {
  it("names the signal that ended it", () => {
    const error = nixError(output([], { exitCode: null, signal: "SIGKILL" }), evaluation);
    expect(error.code).toBe("FLURRY_NIX_KILLED");
    expect(error.message).toBe("nix was ended by SIGKILL while evaluating nas");
    expect(error.hint).toContain("memory");
  });

  it("names the exit code", () => {
    expect(nixError(output([], { exitCode: 7 }), evaluation).message).toBe(
      "nix ended with code 7 while evaluating nas and did not say why",
    );
  });
});
