import { renderHosts } from "../renderers/host-changes.ts";
import { jsonDocument } from "../renderers/json-document.ts";
import { startCommand } from "../run/start-command.ts";
import type { HostCommand } from "./host-command.ts";

/** `flurry host ls`: the hosts of the fleet, wherever they are described. */
export async function listHosts({ context, flags, names, interruption }: HostCommand): Promise<number> {
  const { hosts, output } = await startCommand({ context, flags, words: names, interruption });
  const rows = hosts.map(({ name, addresses, tags, modules, hostKeys, system }) => ({
    host: name,
    addresses,
    tags,
    modules,
    ...(system === undefined ? {} : { system }),
    keyPinned: hostKeys.length > 0,
  }));
  output.stdout.write(
    output.json
      ? jsonDocument("host ls", { hosts: rows })
      : renderHosts(rows, { colors: output.colors, columns: output.stdout.columns() }),
  );
  return 0;
}
