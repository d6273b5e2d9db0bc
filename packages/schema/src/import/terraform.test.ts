import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { issueLines } from "../../tests/support/issue-lines.ts";
import { importTerraform } from "./terraform.ts";

describe("importTerraform", () => {
  const output = (value: unknown, sensitive = false) => ({ sensitive, type: "dynamic", value });

  it("reads what terraform output -json prints", () => {
    const text = JSON.stringify(
      {
        hosts: output({
          nas: "10.0.0.1",
          web: { public_ip: "192.0.2.7", user: "deploy", tags: { role: "edge", Name: "x" } },
        }),
        servers: output([{ name: "db", private_ip: "10.0.0.3", ssh_port: 2222, tags: ["data"] }, { size: 3 }]),
        bastion_public_ip: output("192.0.2.1"),
        region: output("eu-central-1"),
        secret: output({ x: "192.0.2.9" }, true),
      },
      undefined,
      1,
    );
    const read = importTerraform(text, { file: "outputs.json" });
    expect(read.hosts).toEqual([
      { name: "nas", addresses: ["10.0.0.1"] },
      { name: "web", addresses: ["192.0.2.7"], tags: ["edge"], deploy: { sshUser: "deploy" } },
      { name: "db", addresses: ["10.0.0.3"], tags: ["data"], deploy: { port: 2222 } },
      { name: "bastion", addresses: ["192.0.2.1"] },
    ]);
    expect(issueLines(read)).toEqual([
      'outputs.json:39:1: the output region holds no hosts (hosts are { name = "address" }, { name = { ip = "address" } } or name_ip = "address")',
      "outputs.json:44:1: the output secret is sensitive and not looked into",
    ]);
  });

  it("reads the machines of a state, of OpenTofu too", () => {
    const resource = (type: string, name: string, ...instances: readonly object[]) => ({
      mode: "managed",
      type,
      name,
      provider: "x",
      instances,
    });
    const state = {
      version: 4,
      terraform_version: "1.9.0",
      serial: 3,
      lineage: "x",
      outputs: { ip: { value: "10.9.9.9", type: "string" } },
      resources: [
        { ...resource("aws_ami", "nixos", { attributes: { id: "ami" } }), mode: "data" },
        resource(
          "aws_instance",
          "web",
          {
            index_key: 0,
            attributes: { public_ip: "", private_ip: "10.0.0.4", tags: { Name: "web-0", tier: "front" } },
          },
          { index_key: 1, attributes: { public_ip: "192.0.2.5", tags: null } },
        ),
        resource("hcloud_server", "db", {
          attributes: { name: "db", ipv4_address: "192.0.2.6", labels: { prod: "" } },
        }),
        resource("google_compute_instance", "g", {
          attributes: {
            name: "g",
            network_interface: [{ network_ip: "10.1.1.1", access_config: [{ nat_ip: "192.0.2.8" }] }],
            tags: ["x"],
          },
        }),
        resource("libvirt_domain", "vm", { attributes: { name: "vm", network_interface: [] } }),
        resource("random_id", "r", { attributes: { hex: "ff" } }),
      ],
    };
    const read = importTerraform(JSON.stringify(state), { file: "terraform.tfstate" });
    expect(read.hosts).toEqual([
      { name: "web-0", addresses: ["10.0.0.4"], tags: ["front"] },
      { name: "web-1", addresses: ["192.0.2.5"] },
      { name: "db", addresses: ["192.0.2.6"], tags: ["prod"] },
      { name: "g", addresses: ["192.0.2.8"], tags: ["x"] },
    ]);
    expect(issueLines(read)).toEqual([
      "terraform.tfstate:1:1: libvirt_domain.vm has no address (add the host by hand once it has one)",
    ]);
  });

  it.each([
    ["no JSON", "nas = 1", "this is no JSON"],
    ["an old state", '{"version":3,"terraform_version":"0.11"}', "only state files of version 4"],
    ["a single value", '"10.0.0.1"', "neither outputs nor a state"],
    ["a bare output", '{"nas":"10.0.0.1"}', "neither outputs nor a state"],
  ])("refuses %s", (_, text, message) => {
    const read = importTerraform(text, { file: "f" });
    expect(read.hosts).toEqual([]);
    expect(issueLines(read)[0]).toContain(message);
  });

  it("takes any JSON without a crash", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.record({ value: fc.jsonValue() })), (data) => {
        expect(importTerraform(JSON.stringify(data), { file: "f" }).hosts).toBeInstanceOf(Array);
      }),
    );
  });
});
