import { hardwarePlaceholder, hostModuleText } from "@flurry/render";

import type { FileChange } from "../fleet-repository/file-changes.ts";
import { hardwareProfile } from "./hardware-profile.ts";
import type { MachineFacts } from "./machine-facts.ts";

/** What the files of a host are made from. */
export interface HostFilesOptions {
  readonly name: string;
  /** What the machine says of itself; undefined when nobody could ask it. */
  readonly facts: MachineFacts | undefined;
  /** The release of the fleet's nixpkgs, for a machine that does not say which one it was installed with. */
  readonly release: string;
  /** Whether the fleet has nixos-hardware as an input. */
  readonly hasHardwareInput: boolean;
}

/** The files of a host, and where what is in them comes from. */
export interface HostFiles {
  readonly changes: readonly (FileChange & { readonly kind: "write" })[];
  readonly hardware: "nixos-generate-config" | "nixos-facter" | "placeholder";
  /** The module of nixos-hardware that fits. */
  readonly profile: string | undefined;
}

/** The directory `hosts/<name>` of a new host. */
export function hostFiles({ name, facts, release, hasHardwareInput }: HostFilesOptions): HostFiles {
  const profile = facts === undefined ? undefined : hardwareProfile(facts);
  const module = hostModuleText({
    name,
    role: "plain",
    stateVersion: facts?.release ?? release,
    boot: facts?.boot ?? { kind: "systemd-boot" },
    ...(facts?.network === undefined ? {} : { network: facts.network }),
    ...(profile === undefined ? {} : { profile: { name: profile, imported: hasHardwareInput } }),
  });
  const file = (path: string, content: string): FileChange & { readonly kind: "write" } => ({
    kind: "write",
    path: `hosts/${name}/${path}`,
    content,
  });
  const files = [file("default.nix", module)];
  if (facts?.hardware !== undefined)
    return { changes: [...files, file("hardware.nix", facts.hardware)], hardware: "nixos-generate-config", profile };
  const placeholder = hardwarePlaceholder(name);
  if (facts?.facter === undefined)
    return { changes: [...files, file("hardware.nix", placeholder)], hardware: "placeholder", profile };
  // Releases before 25.11 have no option for it.
  const mark = release < "25.11" ? "# NixOS 25.11 and later read it: " : "";
  const withReport = placeholder.replace(
    "\n  warnings =",
    `\n  ${mark}hardware.facter.reportPath = ./facter.json;\n\n  warnings =`,
  );
  return {
    changes: [...files, file("facter.json", `${facts.facter}\n`), file("hardware.nix", withReport)],
    hardware: "nixos-facter",
    profile,
  };
}
