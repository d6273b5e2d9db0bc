import { wordFlag } from "./global-flags.ts";

/** The flag of every command whose runs can be measured. */
export interface PrometheusFlag {
  readonly prometheus?: string;
}

/** How stricli reads {@link PrometheusFlag}. */
export const prometheusFlag = {
  prometheus: wordFlag("Write what the last runs came to for node_exporter's textfile collector to this file"),
} as const;
