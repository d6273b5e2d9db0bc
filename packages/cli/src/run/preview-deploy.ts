import type { FlurryErrorJson } from "@flurry/core";
import type { Goal } from "@flurry/deploy";

import { jsonDocument } from "../renderers/json-document.ts";
import { previewOf, renderPreview } from "../renderers/preview-table.ts";
import { exitCodeOfErrors } from "./exit-code-of-errors.ts";
import { reportHostErrors } from "./report-host-errors.ts";
import type { CommandStart } from "./start-command.ts";
import { surveyHosts } from "./survey-hosts.ts";

/** Shows which of the selected hosts a deployment would change, and touches nothing; returns the exit code. */
export async function previewDeploy(
  start: CommandStart,
  goal: Goal,
  { noSecretsCheck = false }: { readonly noSecretsCheck?: boolean } = {},
): Promise<number> {
  const { output } = start;
  const { statuses, evaluationErrors, told } = await surveyHosts(start, {
    command: "status",
    evaluate: true,
    secrets: !noSecretsCheck,
  });
  const unreachable = statuses.flatMap(({ host, error }): readonly FlurryErrorJson[] =>
    error === undefined ? [] : [{ ...error, host }],
  );
  if (!output.json) reportHostErrors(told ? unreachable : [...evaluationErrors, ...unreachable], output);
  const previews = statuses.map((status) => previewOf(status, goal));
  const view = { colors: output.colors, columns: output.stdout.columns() };
  output.stdout.write(
    output.json
      ? jsonDocument("deploy", { dryRun: true, goal, hosts: previews, evaluationErrors })
      : renderPreview(previews, view),
  );
  return exitCodeOfErrors([...evaluationErrors, ...unreachable].map((error) => error.code));
}
