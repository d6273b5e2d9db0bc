import type { FlurryErrorCode } from "@flurry/core";

/** What an error text of nix, or of a program that it runs, is known to mean. */
export interface ErrorRule {
  readonly pattern: RegExp;
  /** Without a code the failure keeps that of the operation. */
  readonly code?: FlurryErrorCode;
  /** What the error says in place of nix's own words, which then only stand in its details. */
  readonly says?: string;
  readonly hint?: string;
}

/**
 * What nix says, the more telling first. The texts are those of Nix 2.8 to 2.34 and Lix; where they changed, both stand.
 * Only the innermost message is matched, never a trace: a user's own text in a trace may hold any of these words.
 */
export const nixErrorRules: readonly ErrorRule[] = [
  {
    pattern: /unrecognised flag '--extra-experimental-features'|experimental Nix feature .* is disabled/,
    code: "FLURRY_NIX_TOO_OLD",
    hint: "Install Nix 2.8 or newer.",
  },
  {
    pattern: /^out of memory|std::bad_alloc|cannot allocate memory/i,
    code: "FLURRY_NIX_OUT_OF_MEMORY",
    hint: "Evaluate fewer hosts at a time, or give this machine more memory or swap.",
  },
  {
    pattern: /^(?:operation was )?interrupted by the user/,
    code: "FLURRY_NIX_KILLED",
    hint: "Something outside Flurry ended the process; run the command again.",
  },
  {
    pattern: /lacks a valid signature|lacks a signature by a trusted key/,
    code: "FLURRY_COPY_UNSIGNED",
    hint:
      "Let the user that copies be trusted there (nix.settings.trusted-users), or sign what is built here " +
      "(secret-key-files) with a key that the host trusts (nix.settings.trusted-public-keys).",
  },
  {
    pattern: /cannot connect to socket at|cannot connect to daemon/,
    hint: "The Nix daemon of this machine does not answer: systemctl status nix-daemon",
  },
  {
    pattern: /No space left on device|database or disk is full/i,
    code: "FLURRY_NIX_DISK_FULL",
    says: "no space is left on a disk of this machine",
    hint: "Free some space: nix-collect-garbage, or df -h for what is full.",
  },
  {
    pattern: /cannot update (?:unlocked )?flake input|requires lock file changes|cannot write modified lock file/,
    code: "FLURRY_FLAKE_INVALID",
    hint: "flake.lock does not match flake.nix: run nix flake lock and commit the lock file.",
  },
  {
    pattern: /is a shallow Git repository/i,
    code: "FLURRY_FLAKE_INVALID",
    hint:
      "Fetch its whole history (git fetch --unshallow; in CI a fetch depth of 0), or give up the number of its commits: " +
      "git+file:///path/to/it?shallow=1",
  },
  {
    pattern: /(?:NAR )?hash mismatch in (?:flake )?input|unsupported lock file version/i,
    code: "FLURRY_FLAKE_INVALID",
    hint: "The lock file and its inputs disagree: run nix flake update for that input and look at what changed.",
  },
  {
    pattern: /unable to download|failed to fetch|cannot fetch|program 'git' failed|Couldn't resolve host/i,
    hint: "A source could not be fetched: check the network, the URL in flake.lock, and access tokens for private sources.",
  },
  {
    pattern: /because it is in pure evaluation mode|is forbidden in pure eval(?:uation)? mode|is not allowed in pure/i,
    hint: "Flakes are evaluated without access to paths and variables of this machine: bring the file into the flake.",
  },
];

/** What ssh says under `nix copy`, which nix then only calls an unexpected end of file. */
export const sshErrorRules: readonly ErrorRule[] = [
  {
    pattern: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    code: "FLURRY_SSH_HOST_KEY_CHANGED",
    hint: "If the host was reinstalled, pin its new key; if not, do not go on.",
  },
  { pattern: /REVOKED HOST KEY/, code: "FLURRY_SSH_HOST_KEY_REVOKED" },
  {
    pattern: /Host key verification failed|No .* host key is known/,
    code: "FLURRY_SSH_HOST_KEY_UNKNOWN",
    hint: "Pin the host's key in the fleet or connect once with ssh and compare the key.",
  },
  {
    pattern: /Permission denied \(|Too many authentication failures|Permission denied, please try again/,
    code: "FLURRY_SSH_AUTH_FAILED",
    hint: "Check the user name and which keys the host accepts: ssh -v USER@HOST",
  },
  {
    pattern:
      /Could not resolve hostname|Connection refused|Connection timed out|No route to host|Network is unreachable|Operation timed out|timed out during banner exchange/,
    code: "FLURRY_SSH_UNREACHABLE",
    hint: "Check the address, that the host is up, and that sshd listens there.",
  },
  {
    pattern:
      /Connection (?:to \S+ )?closed by|Connection reset by|client_loop: send disconnect|Broken pipe|Timeout, server .* not responding/,
    code: "FLURRY_SSH_CONNECTION_LOST",
    hint: "Run it again: what was copied already is not copied twice.",
  },
  {
    pattern: /nix(?:-daemon|-store)?: (?:command )?not found|(?:exec|sh).*: not found/,
    code: "FLURRY_HOST_UNSUITABLE",
    hint: "Nix must be on the PATH of a non-interactive login on the host.",
  },
  {
    pattern: /No space left on device|database or disk is full/i,
    code: "FLURRY_HOST_DISK_FULL",
    hint: "Free some space on the host: nix-collect-garbage -d",
  },
];
