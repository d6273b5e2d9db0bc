import { isIP } from "node:net";

import type { NamedHost, NamedRemark, TerraformOutputs } from "./terraform.ts";

/** Keys of an object that hold where a machine is, the best first. */
const addressKeys = [
  "address",
  "public_ip",
  "public_ipv4",
  "ipv4_address",
  "ipv4",
  "ip_address",
  "ip",
  "public_ip_address",
  "hostname",
  "host",
  "fqdn",
  "private_ip",
  "ipv6_address",
  "ipv6",
];
const userKeys = ["ssh_user", "user", "username", "admin_username"];
const nameKeys = ["name", "hostname", "host"];

/**
 * The hosts in outputs: `{ nas = "10.0.0.1" }`, `{ nas = { ip = "10.0.0.1", tags = […] } }`, lists of objects with a name, and
 * single addresses in outputs called `nas_ip`.
 */
export function outputHosts(outputs: TerraformOutputs): {
  readonly hosts: readonly NamedHost[];
  readonly issues: readonly NamedRemark[];
} {
  const hosts: NamedHost[] = [];
  const issues: NamedRemark[] = [];
  for (const [output, { value, sensitive }] of Object.entries(outputs)) {
    if (sensitive === true) {
      issues.push({ name: output, message: `the output ${output} is sensitive and not looked into` });
      continue;
    }
    const found = hostsIn(output, value);
    hosts.push(...found);
    if (found.length === 0) issues.push({ name: output, message: `the output ${output} holds no hosts`, ...shapes });
  }
  return { hosts, issues };
}

const shapes = { hint: 'hosts are { name = "address" }, { name = { ip = "address" } } or name_ip = "address"' };

function hostsIn(output: string, value: unknown): readonly NamedHost[] {
  if (typeof value === "string") return single(output, value);
  if (Array.isArray(value)) return value.flatMap((each) => (isObject(each) ? fromObject(nameIn(each), each) : []));
  if (!isObject(value)) return [];
  const own = fromObject(nameIn(value), value);
  if (own.length > 0) return own;
  return Object.entries(value).flatMap(([name, each]): readonly NamedHost[] => {
    if (typeof each === "string") return isMachine(each) ? [hostOf(name, name, { addresses: [each] })] : [];
    return isObject(each) ? fromObject(name, each) : [];
  });
}

/** `nas_ip = "10.0.0.1"` is the host nas. */
function single(output: string, value: string): readonly NamedHost[] {
  const [, name] =
    /^(.+?)[_-](?:public_|private_)?(?:ipv?[46]?|ip_address|ipv[46]_address|address|host|hostname)$/i.exec(output) ??
    [];
  return name === undefined || !isMachine(value)
    ? []
    : [hostOf(output, name.replaceAll("_", "-"), { addresses: [value] })];
}

function fromObject(name: string | undefined, value: Readonly<Record<string, unknown>>): readonly NamedHost[] {
  const address = addressKeys.map((key) => value[key]).find((each) => typeof each === "string" && isMachine(each));
  if (name === undefined || typeof address !== "string") return [];
  const user = userKeys.map((key) => value[key]).find((each) => typeof each === "string");
  const port = value["ssh_port"] ?? value["port"];
  return [
    hostOf(name, name, {
      addresses: [address],
      tags: tagsOf(value["tags"] ?? value["groups"] ?? value["labels"]),
      deploy: {
        ...(typeof user === "string" ? { sshUser: user } : {}),
        ...(typeof port === "number" && port !== 22 ? { port } : {}),
      },
    }),
  ];
}

/** Tags as clouds have them: a list, or a mapping whose values say something. */
export function tagsOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.filter((each) => typeof each === "string");
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => {
    if (/^name$/i.test(key) || typeof each !== "string") return [];
    return /^(?:role|group|tier|type)s?$/i.test(key)
      ? each.split(/[\s,]+/)
      : each === "" || each === "true"
        ? [key]
        : [];
  });
}

function nameIn(value: Readonly<Record<string, unknown>>): string | undefined {
  const name = nameKeys.map((key) => value[key]).find((each) => typeof each === "string" && isIP(each) === 0);
  return typeof name === "string" ? name : undefined;
}

function hostOf(source: string, name: string, rest: Omit<NamedHost["host"], "name">): NamedHost {
  return { name: source, host: { name, ...rest } };
}

/** An IP address, or a DNS name with a dot; anything else may be any text. */
function isMachine(text: string): boolean {
  return isIP(text) !== 0 || /^(?=.*[a-z])[a-z0-9-]+(?:\.[a-z0-9-]+)+$/i.test(text);
}

/** A mapping of JSON. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
