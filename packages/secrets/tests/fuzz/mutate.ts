/** Numbers that only seem random: the same seed gives the same ones. Source: mulberry32 by Tommy Ettinger. */
export interface Dice {
  /** A whole number from 0 to below `limit`. */
  below(limit: number): number;
  pick<T>(from: readonly T[]): T;
}

export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const below = (limit: number): number => (limit <= 0 ? 0 : next() % limit);
  return {
    below,
    pick: <T>(from: readonly T[]): T => {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error("there is nothing to pick from");
      return picked;
    },
  };
}

/** Pieces that mean something to one parser or another. */
const words = [
  "\0 \t \n \r\n \ufeff \u2028 \u{1F600} : , # = - -- --- ... & * ! | > [ ] { } ' \" \\ % @ ` < ~ / ;".split(" "),
  ["- ", ": ", "a: &a ", "*a", "<<: *a", "!!binary ", "!!set ", "? ", "|+9\n", ">-\n", "{{{{", "[[[[", '"""', "null"],
  ["sops:", "sops_", "[sops]", '"sops":', "ENC[AES256_GCM,data:", ",iv:", ",tag:", ",type:int]", ",type:time]"],
  ["__list_", "__map_", "__list_4294967295", "__proto__", "constructor", "age__list_0__map_enc", "shamir_threshold"],
  ["-> ", "-> X25519 ", "-> scrypt ", "-> ssh-rsa ", "--- ", "age-encryption.org/v1\n", "-----BEGIN ", "-----END "],
  ["AGE-SECRET-KEY-1", "AGE-PLUGIN-", "age1", "age1pq1", "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 "],
  [
    "18446744073709551616",
    "-1",
    "1e999",
    "0x",
    ".inf",
    "2024-01-01",
    "99999999999999999999",
    "(",
    "(a*)*b",
    "[[:alpha:]]",
  ],
]
  .flat()
  .map((word) => Buffer.from(word, "utf8"));

const longest = 200_000;

/** A piece of input made of samples: bytes changed, cut, doubled, exchanged and put in. */
export function mutate(samples: readonly Uint8Array[], random: Dice): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(samples));
  // Most inputs differ little, so that they get far.
  const rounds = 1 + random.below(1 + random.below(5));
  for (let round = 0; round < rounds; round++) bytes = mutateOnce(bytes, samples, random);
  return bytes.subarray(0, longest);
}

function mutateOnce(bytes: Buffer, samples: readonly Uint8Array[], random: Dice): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(random.below(10) === 0 ? bytes.length : 40));
  const put = (middle: Uint8Array, from = at): Buffer =>
    Buffer.concat([bytes.subarray(0, at), middle, bytes.subarray(from)]);
  switch (random.below(9)) {
    case 0:
      return put(Buffer.from([(bytes[at] ?? 0) ^ (1 << random.below(8))]), at + 1);
    case 1:
      return put(Buffer.from([random.below(256)]), at + 1);
    case 2:
      return put(new Uint8Array(0), end);
    case 3:
      return put(random.pick(words));
    case 4:
      return put(random.pick(words), end);
    case 5:
      return put(Buffer.concat(Array.from({ length: 1 + random.below(64) }, () => bytes.subarray(at, end))));
    case 6:
      return bytes.subarray(0, at);
    case 7: {
      const other = random.pick(samples);
      const from = random.below(other.length);
      return put(other.subarray(from, from + random.below(200)));
    }
    default:
      // Numbers of four bytes, large and small, are lengths in many formats.
      return put(Buffer.from(random.pick(["ffffffff", "7fffffff", "40000000", "00000000", "80000000"]), "hex"), at + 4);
  }
}
