import { posix } from "node:path";

import type { Issue } from "@flurry/core";
import { fleetInvalid } from "@flurry/schema";
import type { Fleet, Host } from "@flurry/schema";

import { checkFlake, checkSecrets, repositoryWarnings } from "./check-fleet.ts";
import { deployRsWarnings } from "./flake/deploy-nodes.ts";
import { flakeText } from "./flake/flake.ts";
import { colmenaWarnings } from "./flake/hive.ts";
import { renderedInputs } from "./flake/inputs.ts";
import { generatedFile, inspectGeneratedFile } from "./generated-file.ts";
import type { DeclaredSecret } from "./secrets/host-secrets.ts";
import { renderSecrets } from "./secrets/render-secrets.ts";

/** What {@link renderFleet} knows beside the fleet. */
export interface RenderFleetOptions {
  /**
   * The text of a file of the repository, or undefined when there is none; of a file that is no text anything will do.
   *
   * @param path - relative to the repository, with `/`
   */
  readonly existing: (path: string) => string | undefined;
  /**
   * The public keys that secrets are encrypted to for a host, when they are known: for sops the age recipient that
   * belongs to the host's ssh key (sops-nix converts the key, so the ssh form would not do), for agenix the ssh key.
   * Default: for sops those in the `.sops.yaml` that is there, for agenix the host keys that the fleet pins.
   */
  readonly recipients?: (host: Host) => readonly string[] | undefined;
  /**
   * The secrets in the repository, which the hosts that may read them get declared. Default: none for sops; for agenix
   * one for each file of the policy, with the file's name.
   */
  readonly secrets?: readonly DeclaredSecret[];
  /**
   * Whether `flake.nix` is rendered. Without it the fleet needs no nixpkgs and its hosts no system.
   *
   * @default true
   */
  readonly flake?: boolean;
}

/**
 * What becomes of a file: `new` is not there yet, `same` is there already, `updated` replaces what Flurry generated
 * before, and `edited-by-hand` must be left alone, because what is there is not what Flurry wrote.
 */
export type RenderedStatus = "new" | "same" | "updated" | "edited-by-hand";

/** A generated file. */
export interface RenderedFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  /** What Flurry would write; also of a file that was edited by hand, so that the difference can be shown. */
  readonly content: string;
  readonly status: RenderedStatus;
}

/** All that is generated from a fleet. */
export interface RenderedFleet {
  /** In the order of their paths. */
  readonly files: readonly RenderedFile[];
  /** What is missing for the files to do their work, and what deploy-rs and Colmena cannot do as Flurry does. */
  readonly warnings: readonly Issue[];
}

/**
 * Renders what is generated from a fleet: `flake.nix`, and for its secrets `.sops.yaml` or `secrets.nix`, and
 * `secrets/hosts.nix`. The same fleet in the same repository gives the same bytes. Writes nothing.
 *
 * @throws FlurryError FLURRY_FLEET_INVALID, with all mistakes in its details, for a fleet that cannot be rendered
 */
export function renderFleet(fleet: Fleet, options: RenderFleetOptions): RenderedFleet {
  const { flake: withFlake = true } = options;
  const issues = [...(withFlake ? checkFlake(fleet) : []), ...checkSecrets(fleet)];
  if (issues.length > 0) throw fleetInvalid(issues);
  const secrets = renderSecrets(fleet, options);
  const source = posix.basename((fleet.source.file ?? "fleet.yaml").replaceAll("\\", "/"));
  const files = [
    ...(withFlake ? [{ path: "flake.nix", body: flakeOf(fleet, secrets.hosts, options) }] : []),
    ...secrets.files,
  ];
  return {
    files: files
      .toSorted((one, other) => (one.path < other.path ? -1 : 1))
      .map(({ path, body }): RenderedFile => {
        const content = generatedFile(body, { source });
        return { path, content, status: statusOf(options.existing(path), content) };
      }),
    warnings: [
      ...(withFlake
        ? [...repositoryWarnings(fleet, options.existing), ...fleet.hosts.flatMap(otherToolsWarnings)]
        : []),
      ...secrets.warnings,
    ],
  };
}

function otherToolsWarnings(host: Host): readonly Issue[] {
  return [...deployRsWarnings(host), ...colmenaWarnings(host)];
}

function flakeOf(fleet: Fleet, withSecrets: ReadonlySet<string>, { existing }: RenderFleetOptions): string {
  return flakeText(fleet, {
    inputs: renderedInputs(fleet),
    backend: fleet.secrets?.backend,
    overlays: existing("overlays/default.nix") !== undefined,
    withSecrets,
  });
}

function statusOf(existing: string | undefined, content: string): RenderedStatus {
  if (existing === undefined) return "new";
  if (existing.replaceAll("\r\n", "\n") === content) return "same";
  return inspectGeneratedFile(existing) === "generated" ? "updated" : "edited-by-hand";
}
