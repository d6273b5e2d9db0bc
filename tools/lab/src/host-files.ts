import { shellQuote } from "@flurry/core";

import type { FileTree } from "./file-tree.ts";
import { prefixLength } from "./host-options.ts";
import type { HostSpec } from "./host-options.ts";
import { installerUnits } from "./installer-units.ts";
import type { IdMapping } from "./namespaces.ts";

/** What every host of a lab has on its disk before anything is installed. */
export function templateFiles(mapping: IdMapping["kind"], deployerKey: string): FileTree {
  const single = mapping === "single";
  return {
    "etc/NIXOS": "",
    "etc/os-release": 'ID=nixos\nNAME=NixOS\nPRETTY_NAME="NixOS (lab installer)"\n',
    "etc/passwd": passwd(single),
    "etc/group": `root:x:0:\nnogroup:x:65534:\n${single ? "" : "users:x:100:\ndeploy:x:1000:\n"}`,
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    "etc/pam.d/sudo": "auth required pam_deny.so\naccount required pam_permit.so\nsession required pam_permit.so\n",
    "etc/pam.d/other": "auth required pam_deny.so\naccount required pam_deny.so\nsession required pam_deny.so\n",
    "etc/ssh/sshd_config": sshdConfig,
    "root/.ssh/authorized_keys": deployerKey,
    ...(single ? {} : { "home/deploy/.ssh/authorized_keys": deployerKey }),
    "home/": "",
    "boot/": "",
    "nix/": "",
    "var/empty/": "",
    "var/log/": "",
    "var/lib/": "",
    ...Object.fromEntries(Object.entries(installerUnits).map(([name, text]) => [`etc/systemd/system/${name}`, text])),
  };
}

/** What sets one host apart from the others. */
export function hostFiles(host: HostSpec): FileTree {
  return {
    "etc/hostname": `${host.name}\n`,
    "etc/hosts": `127.0.0.1 localhost\n${host.address} ${host.name}\n`,
    "etc/nix/nix.conf": nixConf(host),
    "etc/sudoers": sudoers(host),
  };
}

/** The host's facts as the lab's shell files read them. */
export function hostSpecFile(host: HostSpec): string {
  const facts = {
    ADDRESS: host.address,
    PREFIX: String(prefixLength),
    CABLE: host.cable,
    INIT: host.init,
    SUDO: host.sudo,
    DAEMON: host.daemon ? "1" : "",
    STORE_SIZE_MIB: host.storeSizeMiB === undefined ? "" : String(host.storeSizeMiB),
  };
  return Object.entries(facts)
    .map(([name, value]) => `${name}=${shellQuote(value)}\n`)
    .join("");
}

/** The first part of PATH for whatever runs on a host. */
const hostPath = "/run/lab/bin:/run/current-system/sw/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const sshdConfig = `HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
StrictModes no
UsePAM no
UseDNS no
PrintMotd no
PrintLastLog no
PidFile none
PasswordAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
MaxSessions 100
SetEnv PATH=${hostPath}
Subsystem sftp internal-sftp
`;

function passwd(single: boolean): string {
  // With one mapped id the separated process of sshd cannot have another one.
  const sshd = single ? "0:0" : "101:65534";
  const deploy = single ? "" : "deploy:x:1000:1000:deploy:/home/deploy:/bin/bash\n";
  return `root:x:0:0:root:/root:/bin/bash\n${deploy}sshd:x:${sshd}::/run/sshd:/usr/sbin/nologin\nnobody:x:65534:65534::/var/empty:/usr/sbin/nologin\n`;
}

function nixConf(host: HostSpec): string {
  return `experimental-features = nix-command flakes
substituters =
sandbox = false
build-users-group =
fsync-metadata = false
require-sigs = ${host.requireSignatures}
trusted-users = root deploy
`;
}

function sudoers(host: HostSpec): string {
  const rule = { nopasswd: "deploy ALL=(ALL:ALL) NOPASSWD: ALL", refused: "deploy ALL=(ALL:ALL) ALL", absent: "" };
  return `Defaults !lecture, env_reset, secure_path="${hostPath}"\nroot ALL=(ALL:ALL) ALL\n${rule[host.sudo]}\n`;
}
