import type { Random } from "../random.ts";

/** A configuration for a host, in place of the one that it had. */
export interface SystemChoice {
  readonly name: string;
  /** The body of a NixOS module. */
  readonly nix: string;
  /** `good` can be confirmed; `bad` has to be found out by trying it; `no-boot-entry` by committing it. */
  readonly worth: "good" | "bad" | "no-boot-entry";
}

const goodOnes: readonly [SystemChoice, ...SystemChoice[]] = [
  { name: "plain", nix: "", worth: "good" },
  { name: "slow", nix: "lab.trouble.slowActivationSeconds = 2;", worth: "good" },
  { name: "large", nix: "lab.blobs = { count = 2; mib = 3; };", worth: "good" },
  { name: "unit-fails", nix: "lab.trouble.failUnit = true;", worth: "good" },
];

const badOnes: readonly [SystemChoice, ...SystemChoice[]] = [
  { name: "fails", nix: "lab.trouble.activationFails = 1;", worth: "bad" },
  { name: "aborts", nix: "lab.trouble.activationAborts = true;", worth: "bad" },
  { name: "hangs", nix: "lab.trouble.activationHangs = true;", worth: "bad" },
  { name: "crashes", nix: "lab.trouble.activationCrashes = true;", worth: "bad" },
  { name: "cuts-network", nix: "lab.trouble.cutNetwork = true;", worth: "bad" },
  { name: "wrong-address", nix: 'lab.trouble.wrongAddress = "10.0.99.9";', worth: "bad" },
  { name: "drops-ssh", nix: "lab.trouble.dropSsh = true;", worth: "bad" },
  { name: "stops-sshd", nix: "lab.trouble.stopSshd = true;", worth: "bad" },
  { name: "breaks-sshd", nix: "lab.trouble.breakSshdConfig = true;", worth: "bad" },
  { name: "locks-out", nix: "lab.trouble.removeKeys = true;", worth: "bad" },
  { name: "needs-reboot", nix: "lab.trouble.initInterfaceChanged = true;", worth: "bad" },
  { name: "no-boot-entry", nix: "lab.trouble.bootloaderFails = true;", worth: "no-boot-entry" },
];

/** A system for a deployment. What can only be found out by trying it is never made a boot default untried. */
export function chooseSystem(random: Random, goal: "switch" | "test" | "boot"): SystemChoice {
  const bad = random.chance(0.4) ? random.pick(badOnes) : undefined;
  const chosen = bad === undefined || (goal === "boot" && bad.worth === "bad") ? random.pick(goodOnes) : bad;
  // Few texts, so that most of what a round builds has been built before.
  const text = `version ${random.int(1, 4)}`;
  return { ...chosen, nix: `environment.etc.motd.text = "${text}"; ${chosen.nix}` };
}
