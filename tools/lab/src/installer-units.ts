import type { FileTree } from "./file-tree.ts";

const passiveTargets = [
  "basic",
  "final",
  "local-fs",
  "multi-user",
  "network",
  "network-online",
  "paths",
  "shutdown",
  "sockets",
  "sysinit",
  "timers",
  "umount",
];
const powerTargets = ["exit", "halt", "poweroff", "reboot"];

const dbusSocket = `[Unit]
Description=D-Bus Socket
DefaultDependencies=no
ConditionPathExists=/usr/bin/dbus-daemon

[Socket]
ListenStream=/run/dbus/system_bus_socket
`;

const dbusService = `[Unit]
Description=D-Bus
DefaultDependencies=no
Requires=dbus.socket
After=dbus.socket
ConditionPathExists=/usr/bin/dbus-daemon

[Service]
Type=notify
ExecStart=/usr/bin/dbus-daemon --config-file=/run/lab/dbus.conf --address=systemd: --nofork --nopidfile --systemd-activation
`;

// KillMode=process: a restart of sshd shall not end the session that asked for it.
const sshdService = `[Unit]
Description=SSH Daemon

[Service]
ExecStartPre=/bin/mkdir -p /run/sshd
ExecStart=/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config
KillMode=process
Restart=always
`;

/**
 * The units of a host on which nothing is installed, by their path in /etc/systemd/system: sshd, the message bus that
 * `systemd-run --wait` needs, and what a reboot goes through without logind.
 */
export const installerUnits: FileTree = {
  "default.target":
    "[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\nRequires=multi-user.target\nAfter=multi-user.target\n",
  ...Object.fromEntries(passiveTargets.map((name) => [`${name}.target`, "[Unit]\nDefaultDependencies=no\n"])),
  ...Object.fromEntries(
    powerTargets.flatMap((name) => [
      [
        `${name}.target`,
        `[Unit]\nDefaultDependencies=no\nRequires=systemd-${name}.service\nAfter=systemd-${name}.service\nAllowIsolate=yes\n`,
      ],
      [
        `systemd-${name}.service`,
        `[Unit]\nDefaultDependencies=no\nSuccessAction=${name}-force\n\n[Service]\nType=oneshot\nExecStart=/bin/true\n`,
      ],
    ]),
  ),
  "dbus.socket": dbusSocket,
  "dbus.service": dbusService,
  "sshd.service": sshdService,
  "multi-user.target.wants/dbus.socket": { link: "../dbus.socket" },
  "multi-user.target.wants/dbus.service": { link: "../dbus.service" },
  "multi-user.target.wants/sshd.service": { link: "../sshd.service" },
};
