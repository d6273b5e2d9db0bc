import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { systemPath } from "./supervisor.ts";

/** A program that a lab needs, and the Debian package that brings it. */
export interface Prerequisite {
  readonly program: string;
  readonly aptPackage: string;
  /** What cannot be done without it; undefined when nothing can. */
  readonly onlyFor?: string;
}

const prerequisites: readonly Prerequisite[] = [
  { program: "unshare", aptPackage: "util-linux" },
  { program: "nsenter", aptPackage: "util-linux" },
  { program: "flock", aptPackage: "util-linux" },
  { program: "ip", aptPackage: "iproute2" },
  { program: "tc", aptPackage: "iproute2" },
  { program: "nft", aptPackage: "nftables" },
  { program: "sshd", aptPackage: "openssh-server" },
  { program: "ssh", aptPackage: "openssh-client" },
  { program: "ssh-keygen", aptPackage: "openssh-client" },
  { program: "nix", aptPackage: "nix-bin" },
  { program: "busybox", aptPackage: "busybox-static" },
  { program: "perl", aptPackage: "perl-base" },
  {
    program: "newuidmap",
    aptPackage: "uidmap",
    onlyFor: "several user ids on hosts of a lab that is not started as root",
  },
  { program: "/usr/lib/systemd/systemd", aptPackage: "systemd", onlyFor: "hosts with real systemd" },
  { program: "dbus-daemon", aptPackage: "dbus-daemon", onlyFor: "hosts with real systemd" },
  { program: "sudo", aptPackage: "sudo", onlyFor: "the user deploy becoming root" },
];

/** What the tests of this repository need besides a lab: they compile small programs, and watch what others read. */
export const testPrerequisites: readonly Prerequisite[] = [
  { program: "cc", aptPackage: "build-essential" },
  { program: "strace", aptPackage: "strace" },
];

/**
 * What a lab needs and this machine lacks. Install all `aptPackage`s of the answer, and every lab works;
 * those with `onlyFor` can be done without.
 *
 * @param more - what else is wanted
 */
export async function missingPrerequisites(
  env: NodeJS.ProcessEnv = process.env,
  more: readonly Prerequisite[] = [],
): Promise<readonly Prerequisite[]> {
  const directories = systemPath(env).split(delimiter);
  const missing: Prerequisite[] = [];
  for (const prerequisite of [...prerequisites, ...more])
    if (!(await isInstalled(prerequisite.program, directories))) missing.push(prerequisite);
  return missing;
}

/** The command that installs prerequisites on Debian and Ubuntu. */
export function aptLine(missing: readonly Prerequisite[]): string {
  const packages = [...new Set(missing.map(({ aptPackage }) => aptPackage))].sort();
  return `apt-get install --yes --no-install-recommends ${packages.join(" ")}`;
}

async function isInstalled(program: string, directories: readonly string[]): Promise<boolean> {
  const candidates = program.startsWith("/") ? [program] : directories.map((directory) => join(directory, program));
  for (const candidate of candidates) {
    const executable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return true;
  }
  return false;
}
