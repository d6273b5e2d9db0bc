export type { Complaint } from "./complaint.ts";
export { defineFleet } from "./fleet-file/define-fleet.ts";
export type { FleetConfig } from "./fleet-file/define-fleet.ts";
export { addHostsToFleetFile, addHostToFleetFile, refuseTaken, requireHost } from "./fleet-file/edit/add-host.ts";
export type { EditedFleetFile, NewHost } from "./fleet-file/edit/add-host.ts";
export { removeHostFromFleetFile } from "./fleet-file/edit/remove-host.ts";
export { yamlScalar } from "./fleet-file/edit/yaml-scalar.ts";
export { fleetFileNames, findFleet } from "./fleet-file/find-fleet.ts";
export type { FoundFleet } from "./fleet-file/find-fleet.ts";
export { parseFleet } from "./fleet-file/parse-fleet.ts";
export type { ReadOptions } from "./fleet-file/parse-fleet.ts";
export { readFleetConfig } from "./fleet-file/read-config.ts";
export type { ReadConfigOptions } from "./fleet-file/read-config.ts";
export { readFleetFile } from "./fleet-file/read-fleet-file.ts";
export type { ReadFleetFileOptions } from "./fleet-file/read-fleet-file.ts";
export { parseFleetYaml } from "./fleet-file/read-yaml.ts";
export { fleetFileText } from "./fleet-file/write-fleet-file.ts";
export { fleetSchema } from "./fleet-file/schema/fleet.ts";
export type { FleetInput } from "./fleet-file/schema/fleet.ts";
export { checkAddress, checkJump, checkPlace, normalizeAddress, parsePlace } from "./fleet/address.ts";
export { deployDefaults, sudoFor } from "./fleet/deploy-options.ts";
export { buildPlace, checkBuildPlace } from "./fleet/build-place.ts";
export type { BuildPlace } from "./fleet/build-place.ts";
export type {
  DeployOptions,
  HostKeyPolicy,
  LostContactPolicy,
  UnitFailurePolicy,
  UnreachablePolicy,
} from "./fleet/deploy-options.ts";
export type { DeploymentKey, KeySource, KeyTime } from "./fleet/deployment-key.ts";
export { formatDuration, parseDuration } from "./fleet/duration.ts";
export type { Fleet, FleetSource } from "./fleet/fleet.ts";
export type { CommandCheck, HealthCheck, HttpCheck, TcpCheck, UnitCheck } from "./fleet/health-check.ts";
export { checkFlakeReference, checkInputName, checkModuleName, checkSystem } from "./fleet/flake-names.ts";
export { checkPublicKey, normalizePublicKey } from "./fleet/host-key.ts";
export type { Host } from "./fleet/host.ts";
export type { FlakeInput } from "./fleet/inputs.ts";
export { checkHostName, checkTag, checkUserName } from "./fleet/names.ts";
export { checkRecipient } from "./fleet/recipient.ts";
export { rolloutDefaults } from "./fleet/rollout.ts";
export type { OnFailure, ParallelLimits, Rollout, Wave } from "./fleet/rollout.ts";
export { closestSecretsFirst, isSecretsPattern, secretsPathRegex } from "./fleet/secrets-path.ts";
export type { SecretsAdmin, SecretsFile, SecretsPolicy } from "./fleet/secrets-policy.ts";
export { fleetJsonSchema } from "./json-schema.ts";
export { readColmena, readColmenaKeys } from "./readers/colmena.ts";
export { readDeployRs } from "./readers/deploy-rs.ts";
export type { ReadDeployRsOptions } from "./readers/deploy-rs.ts";
export { readNixosConfigurations } from "./readers/nixos-configurations.ts";
export { fleetInvalid, renderIssue, renderPath } from "./render-issue.ts";
export { parseDeployTarget } from "./selector/deploy-target.ts";
export type { DeployTarget, DeployTargetResult } from "./selector/deploy-target.ts";
export { matchSelector, selects } from "./selector/match.ts";
export type { Selectable, SelectionResult, Unmatched } from "./selector/match.ts";
export { parseSelector } from "./selector/parse.ts";
export type { SelectorResult } from "./selector/parse.ts";
export { printSelector } from "./selector/print.ts";
export { selectHosts, selectorInvalid } from "./selector/select-hosts.ts";
export type { Selector } from "./selector/selector.ts";
export { assignWaves } from "./selector/waves.ts";
export type { WaveOfHosts } from "./selector/waves.ts";
export { matchesGlob } from "./selector/glob.ts";
export { importAnsible } from "./import/ansible.ts";
export type { ImportAnsibleOptions } from "./import/ansible.ts";
export type { VariablesFile } from "./import/ansible-variables.ts";
export type { ImportedHosts, ImportOptions } from "./import/imported-hosts.ts";
export { importSshConfig } from "./import/ssh-config.ts";
export type { ImportSshConfigOptions, IncludedFile } from "./import/ssh-config.ts";
export { importTerraform } from "./import/terraform.ts";
