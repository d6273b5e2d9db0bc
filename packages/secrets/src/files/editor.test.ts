import { chmod, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@flurry/core";
import { describe, expect, it } from "vitest";

import { editorCommand } from "./editor.ts";

describe("editorCommand", () => {
  it.each<[NodeJS.ProcessEnv, string, RegExp]>([
    [{ SOPS_EDITOR: "nano", VISUAL: "b", EDITOR: "c" }, "nano", /^--restricted$/],
    [{ VISUAL: "code --wait", EDITOR: "c" }, "code", /^--wait$/],
    [{ SOPS_EDITOR: " ", EDITOR: "/usr/bin/nvim -u NORC" }, "/usr/bin/nvim", /^-u NORC -n -i NONE --cmd set .*shada=/],
    [{ EDITOR: "vim" }, "vim", /^-n -i NONE --cmd set noswapfile nobackup nowritebackup noundofile viminfo= -c set /],
    [{ EDITOR: "emacs -nw" }, "emacs", /^-nw --eval \(setq make-backup-files nil/],
    [{ EDITOR: "emacsclient" }, "emacsclient", /^$/],
  ])("of %j", async (env, file, args) => {
    const command = await editorCommand({ PATH: "/nonexistent", ...env });
    expect(command.file).toBe(file);
    expect(command.args.join(" ")).toMatch(args);
  });

  it("sees through a link what an editor is", async () => {
    await using dir = await tempDir("flurry-editor");
    await writeFile(join(dir.path, "vim.basic"), "");
    await chmod(join(dir.path, "vim.basic"), 0o700);
    await symlink("vim.basic", join(dir.path, "vi"));
    const { file, args } = await editorCommand({ PATH: dir.path });
    expect([file, args.slice(0, 3)]).toEqual(["vi", ["-n", "-i", "NONE"]]);
  });

  it("says that there is none", async () => {
    await expect(editorCommand({ PATH: "/nonexistent" })).rejects.toMatchObject({ code: "FLURRY_SECRETS_NO_EDITOR" });
  });
});
