export { buildForecast } from "./build/build-forecast.ts";
export type { BuildForecast } from "./build/build-forecast.ts";
export type { BuildOptions, BuildRequest, BuildResult, BuildStore } from "./build/build-request.ts";
export type {
  EvaluateOptions,
  Evaluation,
  EvaluationFailure,
  EvaluationRequest,
  EvaluationSuccess,
} from "./evaluation/evaluation.ts";
export { affectedHosts } from "./evaluation/affected-hosts.ts";
export type { HostChange } from "./evaluation/affected-hosts.ts";
export type { DeclaredSecrets } from "./evaluation/declared-secrets.ts";
export { evaluationCacheDirectory } from "./evaluation/evaluation-cache.ts";
export { buildRecorder } from "./evaluation/build-recorder.ts";
export type { BuildRecorderOptions } from "./evaluation/build-recorder.ts";
export { doubtText, reasonText } from "./evaluation/evaluation-reason.ts";
export type { EvaluationReason } from "./evaluation/evaluation-reason.ts";
export type { Doubt } from "./evaluation/evaluation-record.ts";
export { findRecorder } from "./evaluation/recorder.ts";
export type { FindRecorderOptions, Recorder } from "./evaluation/recorder.ts";
export { readKeyTexts } from "./flake/key-texts.ts";
export type { KeyNames, KeyTexts } from "./flake/key-texts.ts";
export type { LockedFlake } from "./flake/locked-flake.ts";
export { describeFlake } from "./flake/outline.ts";
export type { DescribeFlakeOptions, FlakeOutline } from "./flake/outline.ts";
export type { SourceInfo } from "./flake/source-info.ts";
export { lockFlake } from "./flake/source.ts";
export type { LockFlakeOptions } from "./flake/source.ts";
export { NixPool } from "./pool/pool.ts";
export type { NixPoolOptions } from "./pool/pool.ts";
export { nixVersion } from "./process/capabilities.ts";
export type { NixVersion } from "./process/capabilities.ts";
export type { NixContext } from "./process/nix-context.ts";
export type { CopyOptions, CopyReport, CopyRequest, FetchRequest } from "./store/copy-request.ts";
export { closureGraph, readClosures } from "./store/closure-graph.ts";
export type { ClosureGraph } from "./store/closure-graph.ts";
export { knownClosure } from "./store/known-closure.ts";
export type { KnownClosure, KnownClosureOptions } from "./store/known-closure.ts";
export { closureInfo, pathInfos } from "./store/path-info.ts";
export type { PathInfo, PathInfoOptions, PathOrigin } from "./store/path-info.ts";
export { areTaken, serveMessage } from "./store/serve-message.ts";
export { substituters } from "./store/substituters.ts";
export { auditLock, lockRules } from "./lock/audit.ts";
export { diffLocks } from "./lock/lock-diff.ts";
export type { LockChange } from "./lock/lock-diff.ts";
export { parseLockFile } from "./lock/lock-file.ts";
export type { LockFile, LockNode, LockReference } from "./lock/lock-file.ts";
export type { LockFinding, LockRule, LockView } from "./lock/lock-finding.ts";
export { lockGraph, resolveInput } from "./lock/lock-graph.ts";
export type { LockEdge, LockGraph, ReachedNode, Resolution } from "./lock/lock-graph.ts";
export { lastModifiedMs, projectOf, referenceText, shortRevision } from "./lock/lock-reference.ts";
export { completeLockFile, updateLockFile } from "./lock/update-lock.ts";
export type { UpdateLockOptions } from "./lock/update-lock.ts";
export type { NixToken, NixTokenKind } from "./scan/nix-token.ts";
export { nixTokens } from "./scan/nix-tokens.ts";
