import { FlurryError } from "@flurry/core";
import type { HttpCheck } from "@flurry/schema";

import type { HostLink } from "../host/host-link.ts";
import type { HealthContext } from "./check-health.ts";

/** Milliseconds that one request may take. */
const requestMs = 10_000;

/** Passes when the URL answers with the expected status. Redirects are answers of their own. */
export async function httpCheck(
  link: HostLink,
  check: HttpCheck,
  { signal }: HealthContext,
): Promise<string | undefined> {
  const status =
    check.from === "host" ? await askFromHost(link, check.url, signal) : await askFromHere(check.url, signal);
  return status === check.expectStatus ? undefined : `${check.url} answered ${status}, not ${check.expectStatus}`;
}

async function askFromHere(url: string, signal: AbortSignal): Promise<number> {
  try {
    const response = await fetch(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestMs)]),
    });
    await response.body?.cancel();
    return response.status;
  } catch (cause) {
    // undici hides the reason (ECONNREFUSED, …) in the cause of its "fetch failed".
    const reason = cause instanceof Error && cause.cause instanceof Error ? cause.cause.message : String(cause);
    throw new FlurryError("FLURRY_HEALTH_FAILED", `${url} does not answer: ${reason}`, { cause });
  }
}

async function askFromHost(link: HostLink, url: string, signal: AbortSignal): Promise<number> {
  const seconds = String(requestMs / 1000);
  const words = [
    "curl",
    // Neither a ~/.curlrc nor braces in the URL change what is asked.
    "--disable",
    "--globoff",
    "--silent",
    "--output",
    "/dev/null",
    "--max-time",
    seconds,
    "--write-out",
    "%{http_code}",
    "--",
    url,
  ];
  const { stdout, exitCode, stderr } = await link.run(words, { signal, timeoutMs: requestMs + 5000 });
  if (exitCode === 127) throw new FlurryError("FLURRY_HEALTH_FAILED", "the host has no curl to ask itself with");
  if (exitCode !== 0)
    throw new FlurryError(
      "FLURRY_HEALTH_FAILED",
      `${url} does not answer the host: curl ended with exit code ${exitCode ?? "none"} ${stderr.trim()}`,
    );
  return Number(stdout);
}
