import { makeCgroup, removeCgroup } from "../../cgroup.ts";
import { probeIdMapping } from "../../namespaces.ts";
import { aptLine, missingPrerequisites } from "../../prerequisites.ts";
import { systemdProblem } from "../../systemd.ts";
import { expectWords } from "../command.ts";
import type { Command } from "../command.ts";

export const doctor: Command = {
  usage: "doctor",
  summary: "Say what this machine can do for a lab, what is missing, and how to install it.",
  run: async (args, { env, print }) => {
    expectWords(args, []);
    const missing = await missingPrerequisites(env);
    for (const { program, aptPackage, onlyFor } of missing)
      print(`missing  ${program} (${aptPackage})${onlyFor === undefined ? "" : `, for ${onlyFor}`}`);
    if (missing.length > 0) print(`\n  ${aptLine(missing)}\n`);
    const needed = missing.filter(({ onlyFor }) => onlyFor === undefined);
    if (needed.length > 0) return 1;
    const mapping = await probeIdMapping();
    print(`ids      ${mapping.kind}: ${mappingText[mapping.kind]}`);
    const cgroup = await makeCgroup(`/doctor-${process.pid}`);
    const problem = await systemdProblem(cgroup);
    if (cgroup !== undefined) await removeCgroup(cgroup);
    print(`init     ${problem === undefined ? "systemd" : `mini, for ${problem}`}`);
    print("A lab can be started here.");
    return 0;
  },
};

const mappingText = {
  identity: "started as root, hosts are in a user namespace with the machine's ids",
  subuid: "a user with a range in /etc/subuid; hosts have 65536 ids",
  single: "a user without a range in /etc/subuid; hosts have one id, no user deploy and no sudo",
  none: "no user namespaces; root of a host is root of this machine",
};
