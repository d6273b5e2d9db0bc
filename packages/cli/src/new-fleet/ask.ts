import { FlurryError } from "@flurry/core";
import { checkFlakeReference, checkUserName } from "@flurry/schema";

import type { InitFlags } from "../command-line/repository-flags.ts";
import type { FormQuestions } from "../terminal/form-questions.ts";
import { stableRelease } from "./default-nixpkgs.ts";
import { exampleHosts, parseHostWords } from "./parse-host-words.ts";

type Backend = NonNullable<InitFlags["secrets"]>;

/** Asks for what the flags leave open. */
export async function askForFlags(flags: InitFlags, questions: FormQuestions, now: Date): Promise<InitFlags> {
  const hosts =
    flags.host ??
    (
      await questions.text({
        message: "Which hosts? name=address, with spaces between; more can be added later",
        initial: exampleHosts.join(" "),
        check: (answer) => complaintOf(() => parseHostWords(hostWords(answer))),
      })
    )
      .split(/\s+/)
      .filter((word) => word !== "");
  const nixpkgs =
    flags.nixpkgs ??
    (await questions.text({
      message: "Which nixpkgs?",
      initial: stableRelease(now).nixpkgs,
      check: (answer) => checkFlakeReference(answer)?.message,
    }));
  const sshUser =
    flags.sshUser ??
    (await questions.text({
      message: "Who logs in to deploy? Another user than root becomes root with sudo",
      initial: "root",
      check: (answer) => checkUserName(answer)?.message,
    }));
  const secrets =
    flags.secrets ??
    (await questions.choice<Backend>({
      message: "How are secrets kept?",
      initial: "sops",
      choices: [
        { value: "sops", label: "SOPS", hint: "sops-nix; files with many values" },
        { value: "agenix", label: "agenix", hint: "one file a secret" },
        { value: "none", label: "not yet" },
      ],
    }));
  const admin = await askForAdmin(flags, questions, secrets);
  return { ...flags, host: hosts, nixpkgs, sshUser, ...(admin === undefined ? { secrets } : admin) };
}

async function askForAdmin(
  flags: InitFlags,
  questions: FormQuestions,
  secrets: Backend,
): Promise<Pick<InitFlags, "secrets" | "admin"> | undefined> {
  if (secrets === "none" || flags.admin !== undefined) return undefined;
  const key = await questions.text({
    message:
      "Your public key for secrets (age1… or ssh-ed25519 …); empty: the one in ~/.config/sops/age/keys.txt, or later",
    initial: "",
  });
  // Without a key of one's own the secrets have to wait.
  return key.trim() === "" ? (secrets === "sops" ? {} : { secrets }) : { secrets, admin: [key.trim()] };
}

function hostWords(answer: string): readonly string[] {
  return answer.split(/\s+/).filter((word) => word !== "");
}

function complaintOf(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return FlurryError.from(error).message;
  }
}
