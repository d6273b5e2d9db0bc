import type { MachineFacts } from "./machine-facts.ts";

/** What a machine says of itself, and the module of nixos-hardware that knows it. */
interface Rule {
  readonly vendor: RegExp;
  /** Matched with the product's name and version, one after the other: Lenovo tells models by the version. */
  readonly product: RegExp;
  readonly profile: string | ((match: RegExpExecArray) => string);
}

const ordinal = (text: string | undefined): string => {
  const number = Number(text);
  return `${number}${number === 1 ? "st" : number === 2 ? "nd" : number === 3 ? "rd" : "th"}-gen`;
};

/** The generations of the X1 Carbon that nixos-hardware has. */
const x1Generations = new Set([2, 6, 7, 9, 10, 11, 12, 13]);
const thinkpads = new Set(
  "t410 t420 t430 t440p t440s t450s t460 t460p t460s t470s t480 t480s t490 t490s t495 t520 t550 t590 w520 x220 x230 x250 x260 x270 x280 x390 l480 e470 e495 p43s p50 p51 p52 p53 a475".split(
    " ",
  ),
);
const latitudes = new Set("3340 3480 5490 5520 7280 7390 7420 7430 7490 9430 e7240 e7440".split(" "));
const xps13 = new Set("7390 9300 9310 9315 9333 9343 9350 9360 9370 9380".split(" "));
const xps15 = new Set("7590 9500 9510 9520 9530 9550 9560 9570".split(" "));

const rules: readonly Rule[] = [
  {
    vendor: /^LENOVO/i,
    product: /ThinkPad X1 Carbon (?:Gen )?(\d+)/i,
    profile: ([, gen]) =>
      x1Generations.has(Number(gen)) ? `lenovo-thinkpad-x1-${ordinal(gen)}` : "lenovo-thinkpad-x1",
  },
  {
    vendor: /^LENOVO/i,
    product: /ThinkPad ([A-Z]\d{2,3}[sp]?)\b/i,
    profile: ([, model = ""]) =>
      thinkpads.has(model.toLowerCase()) ? `lenovo-thinkpad-${model.toLowerCase()}` : "lenovo-thinkpad",
  },
  { vendor: /^LENOVO/i, product: /ThinkPad/i, profile: "lenovo-thinkpad" },
  {
    vendor: /^Dell/i,
    product: /Latitude (E?\d{4})/i,
    profile: ([, model = ""]) => (latitudes.has(model.toLowerCase()) ? `dell-latitude-${model.toLowerCase()}` : ""),
  },
  {
    vendor: /^Dell/i,
    product: /XPS 13 (\d{4})/i,
    profile: ([, model = ""]) => (xps13.has(model) ? `dell-xps-13-${model}` : ""),
  },
  {
    vendor: /^Dell/i,
    product: /XPS 15 (\d{4})/i,
    profile: ([, model = ""]) => (xps15.has(model) ? `dell-xps-15-${model}` : ""),
  },
  { vendor: /^Dell/i, product: /OptiPlex 3050/i, profile: "dell-optiplex-3050" },
  { vendor: /^Dell/i, product: /PowerEdge R7515/i, profile: "dell-poweredge-r7515" },
  { vendor: /^Framework/i, product: /Laptop 13.*AMD Ryzen 7040/i, profile: "framework-13-7040-amd" },
  { vendor: /^Framework/i, product: /Laptop 16.*AMD Ryzen 7040/i, profile: "framework-16-7040-amd" },
  { vendor: /^Framework/i, product: /AMD Ryzen AI 300/i, profile: "framework-amd-ai-300-series" },
  { vendor: /^Framework/i, product: /1(\d)th Gen Intel/i, profile: ([, gen]) => `framework-1${gen}th-gen-intel` },
  { vendor: /^PC Engines/i, product: /apu/i, profile: "pcengines-apu" },
  { vendor: /^Protectli/i, product: /VP4670/i, profile: "protectli-vp4670" },
  { vendor: /^HARDKERNEL/i, product: /ODROID-H3/i, profile: "hardkernel-odroid-h3" },
  { vendor: /^HARDKERNEL/i, product: /ODROID-H4/i, profile: "hardkernel-odroid-h4" },
  { vendor: /^Supermicro/i, product: /X10SLL-F/i, profile: "supermicro-x10sll-f" },
  { vendor: /^Supermicro/i, product: /./, profile: "supermicro" },
  { vendor: /^Raspberry Pi/i, product: /Raspberry Pi ([2345])/i, profile: ([, model]) => `raspberry-pi-${model}` },
];

/**
 * The module of nixos-hardware for a machine, by what its firmware says; undefined when none is known to fit, as for a
 * virtual machine.
 *
 * @see https://github.com/NixOS/nixos-hardware
 */
export function hardwareProfile({
  vendor = "",
  product = "",
  version = "",
  cpu,
}: Partial<MachineFacts>): string | undefined {
  for (const rule of rules) {
    const match = rule.vendor.test(vendor) ? rule.product.exec(`${product} ${version}`) : null;
    if (match === null) continue;
    const profile = typeof rule.profile === "string" ? rule.profile : rule.profile(match);
    if (profile !== "") return profile;
  }
  const isVirtual = /QEMU|VMware|VirtualBox|innotek|Xen|Amazon EC2|Google|Microsoft Corporation|Hetzner|DigitalOcean/i;
  if (cpu === undefined || vendor === "" || isVirtual.test(`${vendor} ${product}`)) return undefined;
  return `common-cpu-${cpu}`;
}
