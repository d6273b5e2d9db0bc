import { hostHelp } from "./host-help.ts";
import { initHelp } from "./init-help.ts";
import { renderHelp } from "./render-help.ts";

/** Help of each command that writes the fleet's repository. */
export const repositoryHelpTexts: Readonly<Record<string, string>> = {
  init: initHelp,
  host: hostHelp,
  render: renderHelp,
};
