import { execChecked } from "./fleet-exec.ts";
import type { FleetExec } from "./fleet-exec.ts";

// By flags, as neither the lab nor a build machine has a git identity.
const git = [
  "git",
  "-c",
  "user.name=Operator",
  "-c",
  "user.email=operator@example.org",
  "-c",
  "commit.gpgsign=false",
  "-c",
  "init.defaultBranch=main",
  "-c",
  "safe.directory=*",
];

/** Makes a directory a git repository and commits all of it. */
export async function initRepository(exec: FleetExec, directory: string): Promise<void> {
  await execChecked(exec, [...git, "init", "--quiet"], directory);
  await commitAll(exec, directory, "Import the fleet");
}

/** Adds all files to the index: a flake in a git repository has no others. */
export async function stageAll(exec: FleetExec, directory: string): Promise<void> {
  await execChecked(exec, [...git, "add", "--all"], directory);
}

/** Commits all files. */
export async function commitAll(exec: FleetExec, directory: string, message: string): Promise<void> {
  await stageAll(exec, directory);
  await execChecked(exec, [...git, "commit", "--quiet", "--allow-empty", "--message", message], directory);
}
