import { isObject, tagsOf } from "./terraform-outputs.ts";
import type { NamedHost, NamedRemark, TerraformResource } from "./terraform.ts";

type Attributes = Readonly<Record<string, unknown>>;

/** Where a kind of machine keeps what matters; the first that is there counts. */
interface MachineKind {
  readonly address: readonly string[];
  readonly name: readonly string[];
  readonly user?: string;
  readonly tags?: string;
}

/** Machines of the clouds that are most used, by the types of their resources. */
const kinds: Readonly<Record<string, MachineKind>> = {
  aws_instance: { address: ["public_ip", "public_dns", "private_ip"], name: ["tags.Name"], tags: "tags" },
  aws_lightsail_instance: { address: ["public_ip_address"], name: ["name"], user: "username", tags: "tags" },
  hcloud_server: { address: ["ipv4_address", "ipv6_address"], name: ["name"], tags: "labels" },
  digitalocean_droplet: { address: ["ipv4_address", "ipv6_address"], name: ["name"], tags: "tags" },
  google_compute_instance: {
    address: ["network_interface.0.access_config.0.nat_ip", "network_interface.0.network_ip"],
    name: ["name"],
    tags: "tags",
  },
  azurerm_linux_virtual_machine: {
    address: ["public_ip_address", "private_ip_address"],
    name: ["name"],
    user: "admin_username",
    tags: "tags",
  },
  linode_instance: { address: ["ip_address", "ipv4.0"], name: ["label"], tags: "tags" },
  vultr_instance: { address: ["main_ip", "v6_main_ip"], name: ["label", "hostname"], tags: "tags" },
  scaleway_instance_server: {
    address: ["public_ip", "public_ips.0.address", "private_ip"],
    name: ["name"],
    tags: "tags",
  },
  openstack_compute_instance_v2: { address: ["access_ip_v4", "access_ip_v6"], name: ["name"], tags: "tags" },
  oci_core_instance: { address: ["public_ip", "private_ip"], name: ["display_name"] },
  proxmox_vm_qemu: { address: ["default_ipv4_address", "ssh_host"], name: ["name"], user: "ssh_user" },
  proxmox_virtual_environment_vm: {
    address: ["ipv4_addresses.1.0", "ipv4_addresses.0.0"],
    name: ["name"],
    tags: "tags",
  },
  libvirt_domain: { address: ["network_interface.0.addresses.0"], name: ["name"] },
  vsphere_virtual_machine: { address: ["default_ip_address"], name: ["name"] },
};

/** The machines in a state. */
export function resourceHosts(resources: readonly TerraformResource[]): {
  readonly hosts: readonly NamedHost[];
  readonly issues: readonly NamedRemark[];
} {
  const hosts: NamedHost[] = [];
  const issues: NamedRemark[] = [];
  for (const { mode = "managed", type, name, instances = [] } of resources) {
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    if (mode !== "managed" || kind === undefined) continue;
    for (const { index_key: index, attributes } of instances) {
      const own = [name, ...(index == null ? [] : [String(index)])].join("-");
      const host = hostOf(attributes ?? {}, kind, own);
      if (host === undefined)
        issues.push({ name, message: `${type}.${name} has no address`, hint: "add the host by hand once it has one" });
      else hosts.push({ name, host });
    }
  }
  return { hosts, issues };
}

function hostOf(attributes: Attributes, kind: MachineKind, fallback: string): NamedHost["host"] | undefined {
  const first = (paths: readonly string[]): string | undefined =>
    paths.map((path) => at(attributes, path)).find((value) => typeof value === "string" && value !== "") as
      | string
      | undefined;
  const address = first(kind.address);
  if (address === undefined) return undefined;
  const user = kind.user === undefined ? undefined : first([kind.user]);
  return {
    name: first(kind.name) ?? fallback.replaceAll("_", "-"),
    addresses: [address.replace(/\/\d+$/, "")],
    tags: kind.tags === undefined ? [] : tagsOf(at(attributes, kind.tags)),
    ...(user === undefined ? {} : { deploy: { sshUser: user } }),
  };
}

/** The value at a path of keys and indices. */
function at(attributes: Attributes, path: string): unknown {
  let value: unknown = attributes;
  for (const step of path.split(".")) {
    if (Array.isArray(value)) value = value[Number(step)];
    else if (isObject(value)) value = value[step];
    else return undefined;
  }
  return value;
}
