import { stages } from "@flurry/core";

import { summarize } from "../compare/statistics.ts";
import type { DeploySample } from "../deploy/compare-deployments.ts";
import type { Contender } from "../deploy/contenders.ts";
import { steps } from "../deploy/steps.ts";
import { showBytes, showMs, showRatio, showSeconds } from "./measures.ts";
import { textTable } from "./text-table.ts";

/** What a comparison found, for people. */
export function deployReport(samples: readonly DeploySample[], contenders: readonly Contender[]): string {
  return [
    "Wall clock: median (least–most), and how many times the first's median",
    costTable(samples, contenders),
    "Processor time and peak memory of the deployer's processes, and connections to the hosts: medians, and divided by all hosts",
    effortTable(samples, contenders),
    ...(samples.some(({ timeline }) => timeline !== undefined) ? [stagesTitle, stageTable(samples)] : []),
  ].join("\n");
}

const stagesTitle =
  "Stages of flurry deploy: from the first host's beginning to the last host's end; before, between and after them: medians";

function costTable(samples: readonly DeploySample[], contenders: readonly Contender[]): string {
  const [first, ...others] = contenders;
  const header = ["", ...contenders.flatMap(({ title }, index) => (index === 0 ? [title] : [title, ""]))];
  const rows = steps.map(({ name, title }) => {
    const wall = (contender: Contender | undefined): readonly number[] =>
      samplesOf(samples, { contender: contender?.name, step: name }).map(({ wallMs }) => wallMs);
    const base = summarize(wall(first));
    const compared = others.flatMap((contender) => {
      const summary = summarize(wall(contender));
      return [showSeconds(summary), showRatio(base.median, summary.median)];
    });
    return [title, showSeconds(base), ...compared];
  });
  return textTable(header, rows);
}

function effortTable(samples: readonly DeploySample[], contenders: readonly Contender[]): string {
  const header = ["", "", "processor", "a host", "memory", "a host", "connections a host"];
  const rows = steps.flatMap(({ name, title }) =>
    contenders.map((contender, index) => {
      const own = samplesOf(samples, { contender: contender.name, step: name });
      const median = (value: (sample: DeploySample) => number): number => summarize(own.map(value)).median;
      return [
        index === 0 ? title : "",
        contender.title,
        showMs(median(({ cpuMs }) => cpuMs)),
        showMs(median(({ cpuMs, hosts }) => cpuMs / hosts)),
        showBytes(median(({ peakRssBytes }) => peakRssBytes)),
        showBytes(median(({ peakRssBytes, hosts }) => peakRssBytes / hosts)),
        median(({ connections, hosts }) => connections / hosts).toFixed(1),
      ];
    }),
  );
  return textTable(header, rows);
}

function stageTable(samples: readonly DeploySample[]): string {
  const timelines = samples.flatMap((sample) =>
    sample.timeline === undefined ? [] : [{ ...sample.timeline, step: sample.step }],
  );
  const known = new Set(timelines.flatMap((timeline) => timeline.stages.map(({ stage }) => stage)));
  const told = stages.filter((stage) => known.has(stage));
  const rows = steps.map(({ name, title }) => {
    const own = timelines.filter(({ step }) => step === name);
    const spans = told.map((stage) =>
      own.flatMap((timeline) => timeline.stages.filter((time) => time.stage === stage).map(({ spanMs }) => spanMs)),
    );
    const before = own.map(({ beforeMs }) => beforeMs);
    const between = own.map(({ betweenMs }) => betweenMs);
    const after = own.map(({ afterMs }) => afterMs);
    return [
      title,
      ...[before, ...spans, between, after].map((values) =>
        values.length === 0 ? "" : showMs(summarize(values).median),
      ),
    ];
  });
  return textTable(["", "before", ...told, "between", "after"], rows);
}

function samplesOf(
  samples: readonly DeploySample[],
  { contender, step }: { readonly contender: string | undefined; readonly step: string },
): readonly DeploySample[] {
  return samples.filter((sample) => sample.contender === contender && sample.step === step);
}
