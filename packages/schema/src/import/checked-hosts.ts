import type { Issue } from "@flurry/core";

import type { Complaint } from "../complaint.ts";
import type { NewHost } from "../fleet-file/edit/add-host.ts";
import { checkAddress, checkJump } from "../fleet/address.ts";
import { checkHostName, checkTag, checkUserName } from "../fleet/names.ts";
import { importIssue } from "./imported-hosts.ts";
import type { ImportedHosts } from "./imported-hosts.ts";

/** A host with the line that it comes from. */
export interface FoundHost {
  readonly host: NewHost;
  readonly line?: number;
  /** The file, where it is not the one that everything is read from. */
  readonly file?: string;
}

/**
 * Leaves away what no fleet file could hold and says so: hosts whose name or address is none, and tags, users, ports and jump
 * hosts that are none.
 */
export function checkedHosts(found: readonly FoundHost[], file: string): ImportedHosts {
  const issues: Issue[] = [];
  const names = new Set<string>();
  const hosts = found.flatMap(({ host, line, file: own = file }): readonly NewHost[] => {
    const at = { file: own, ...(line === undefined ? {} : { line }) };
    const tell = (message: string, { hint }: Partial<Complaint> = {}): void =>
      void issues.push(importIssue("not-imported", message, { ...at, ...(hint === undefined ? {} : { hint }) }));
    const wrong = checkHostName(host.name) ?? host.addresses.map(checkAddress).find((each) => each !== undefined);
    if (wrong !== undefined) {
      tell(`${host.name} is left out: ${wrong.message}`, wrong);
      return [];
    }
    if (names.has(host.name)) {
      tell(`${host.name} is there twice; the first one counts`);
      return [];
    }
    names.add(host.name);
    return [sane(host, tell)];
  });
  return { hosts, issues };
}

function sane(host: NewHost, tell: (message: string, complaint?: Partial<Complaint>) => void): NewHost {
  const { tags = [], deploy = {}, ...rest } = host;
  const good = tags.filter((tag) => {
    const complaint = checkTag(tag);
    if (complaint !== undefined) tell(`${host.name}: the tag is left out: ${complaint.message}`, complaint);
    return complaint === undefined;
  });
  const { sshUser, port, jump, identityFile } = deploy;
  const kept = <T>(value: T | undefined, check: (value: T) => Complaint | undefined): T | undefined => {
    const complaint = value === undefined ? undefined : check(value);
    if (complaint !== undefined) tell(`${host.name}: ${complaint.message}`, complaint);
    return complaint === undefined ? value : undefined;
  };
  const options = {
    sshUser: kept(sshUser, checkUserName),
    port: kept(port, checkPort),
    jump: kept(jump, checkJump),
    identityFile,
  };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return {
    ...rest,
    ...(good.length === 0 ? {} : { tags: [...new Set(good)] }),
    ...(Object.keys(given).length === 0 ? {} : { deploy: given }),
  };
}

function checkPort(port: number): Complaint | undefined {
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? undefined : { message: "the port is none" };
}
