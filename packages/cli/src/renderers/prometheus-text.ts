/** One measure: its name without the prefix, what it means, and its values by labels. */
export interface Metric {
  readonly name: string;
  readonly help: string;
  readonly values: readonly Sample[];
}

/** A value of a measure. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A value with its labels. */
export function sample(labels: Sample["labels"], value: number): Sample {
  return { labels, value };
}

/**
 * Measures in Prometheus' text format (version 0.0.4), for node_exporter's textfile collector: gauges without timestamps.
 * What has no values is left out.
 */
export function prometheusText(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.length > 0)
    .map(textOf)
    .join("");
}

function textOf({ name, help, values }: Metric): string {
  const lines = values.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return `flurry_${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP flurry_${name} ${help}\n# TYPE flurry_${name} gauge\n${lines.join("")}`;
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
