import { nearestName } from "@flurry/core";

import { quoted } from "../complaint.ts";
import type { Complaint } from "../complaint.ts";

/** Why a text cannot name an input of a flake, or undefined if it can. */
export function checkInputName(name: string): Complaint | undefined {
  if (name === "self") return { message: `"self" is the flake itself`, hint: "choose another name for the input" };
  if (/^[A-Za-z_][A-Za-z0-9_'-]*$/.test(name)) return undefined;
  return {
    message: `${quoted(name)} is not the name of an input`,
    hint: "use letters, digits, dashes and underscores, beginning with a letter",
  };
}

/** Why a text cannot be a flake reference, or undefined if it can. Whether it leads anywhere is Nix's to say. */
export function checkFlakeReference(reference: string): Complaint | undefined {
  if (reference !== "" && !/^-|[\s"'`\\<>]|\$\{/.test(reference) && !hasControl(reference)) return undefined;
  return {
    message: `${quoted(reference)} is not a flake reference`,
    hint: "write something like github:NixOS/nixpkgs/nixos-24.11, git+ssh://host/repo or path:./dir",
  };
}

/** What nixpkgs calls `lib.systems.doubles.linux`, the usual ones first. */
const processors =
  "x86_64 aarch64 riscv64 armv7l armv6l i686 armv5tel armv7a loongarch64 m68k microblaze microblazeel mips mips64 " +
  "mips64el mipsel powerpc powerpc64 powerpc64le riscv32 s390 s390x";
const systems: readonly string[] = processors.split(" ").map((processor) => `${processor}-linux`);

/** Why a text cannot be the system of a NixOS machine, or undefined if it can. */
export function checkSystem(system: string): Complaint | undefined {
  if (systems.includes(system)) return undefined;
  const nearest = systems.find((known) => known === `${system}-linux`) ?? nearestName(system, systems);
  return {
    message: `${quoted(system)} is not a system that NixOS runs on`,
    hint: nearest === undefined ? `for example ${systems.slice(0, 2).join(" or ")}` : `did you mean "${nearest}"?`,
  };
}

/** Why a text cannot name a module of the repository, or undefined if it can: `common`, `services/web`. */
export function checkModuleName(name: string): Complaint | undefined {
  if (isModuleName(name)) {
    if (name.split("/").every((part) => part.length <= 200)) return undefined;
    return { message: `${quoted(name)} is too long for the name of a file` };
  }
  const meant = name.replace(/^(?:\.\/)?(?:modules\/)?/, "").replace(/(?:\/default)?\.nix$/, "");
  return {
    message: `${quoted(name)} is not the name of a module`,
    hint: isModuleName(meant)
      ? `did you mean "${meant}"?`
      : "write the path below modules/ without .nix: common is modules/common.nix",
  };
}

function isModuleName(name: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9._-]*(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/.test(name) && !name.endsWith(".nix");
}

/** Why a text cannot be an attribute of `nixosConfigurations`, or undefined if it can. */
export function checkConfigurationName(name: string): Complaint | undefined {
  if (name !== "" && !/["\\]|\$\{/.test(name) && !hasControl(name)) return undefined;
  return { message: `${quoted(name)} is not the name of a nixosConfiguration` };
}

/** Why a text cannot be the path of an output of a flake, or undefined if it can: `nixosConfigurations`, `colmenaHive.nodes`. */
export function checkOutputPath(path: string): Complaint | undefined {
  const name = /^[A-Za-z_][A-Za-z0-9_-]*$/;
  if (path.length <= 200 && path.split(".").every((step) => name.test(step))) return undefined;
  return {
    message: `${quoted(path)} is not an output of a flake`,
    hint: "write names with dots between: nixosConfigurations, or colmenaHive.nodes for the nodes of a Colmena hive",
  };
}

/** True for texts with control characters, which no argument of a command should have. */
export function hasControl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- finding them is the point
  return /[\u0000-\u001f\u007f]/.test(text);
}
