import type { SshContext, SshTarget } from "../src/index.ts";
import { me, workshop } from "./test-sshd.ts";
import type { SshdOptions, TestKey, TestSshd, Workshop } from "./test-sshd.ts";

/** One sshd with what it takes to get in. */
export interface SingleHost extends AsyncDisposable {
  readonly shop: Workshop;
  readonly sshd: TestSshd;
  readonly hostKey: TestKey;
  readonly userKey: TestKey;
  readonly target: SshTarget;
  readonly context: SshContext;
  readonly knownHostsFile: string;
}

/** Every transport: most tests run over each. */
export const transports = ["ssh2", "openssh"] as const;

/**
 * @param config - further lines of sshd_config
 * @param transport - what to connect over; the one that Flurry chooses unless given
 */
export async function singleHost(
  config: SshdOptions["config"] = [],
  transport?: (typeof transports)[number],
): Promise<SingleHost> {
  const shop = await workshop();
  const [hostKey, userKey] = [await shop.key("host"), await shop.key("id")];
  const sshd = await shop.sshd({ authorized: [userKey], hostKeys: [hostKey], config });
  const knownHostsFile = await shop.file("known_hosts", sshd.knownHosts);
  const configFile = await shop.file("config", `UserKnownHostsFile ${knownHostsFile}\nGlobalKnownHostsFile none\n`);
  return {
    shop,
    sshd,
    hostKey,
    userKey,
    knownHostsFile,
    target: { name: "nas", addresses: [sshd.address], port: sshd.port, user: me, identityFiles: [userKey.file] },
    context: {
      env: { ...shop.env, ...(transport === undefined ? {} : { FLURRY_SSH_TRANSPORT: transport }) },
      configFile,
    },
    [Symbol.asyncDispose]: () => shop[Symbol.asyncDispose](),
  };
}
