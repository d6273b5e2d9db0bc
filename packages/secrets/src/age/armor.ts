import { FlurryError } from "@flurry/core";
import { armor } from "age-encryption";

const begin = "-----BEGIN AGE ENCRYPTED FILE-----";
/** Whitespace that may stand before the armor, as in age. */
const maxLeadingBytes = 1024;

/** Whether a file is an age file in ASCII armor, judged by its beginning. */
export function isArmored(file: Uint8Array): boolean {
  return Buffer.from(file.subarray(0, maxLeadingBytes + begin.length))
    .toString("latin1")
    .trimStart()
    .startsWith(begin);
}

/** Whether a file is an age file, armored or not, judged by its beginning. */
export function isAgeFile(file: Uint8Array): boolean {
  return isArmored(file) || Buffer.from(file.subarray(0, 19)).toString("latin1") === "age-encryption.org/";
}

/**
 * The binary form of an age file; a binary one is returned as it is.
 *
 * @throws FlurryError FLURRY_AGE_HEADER_INVALID when the armor is malformed, FLURRY_AGE_TOO_LARGE
 */
export function withoutArmor(
  file: Uint8Array,
  { maxFileBytes = 256 * 1024 * 1024 }: { readonly maxFileBytes?: number } = {},
): Uint8Array {
  if (file.length > maxFileBytes)
    throw new FlurryError(
      "FLURRY_AGE_TOO_LARGE",
      `The age file has ${file.length} bytes; Flurry reads up to ${maxFileBytes}`,
    );
  if (!isArmored(file)) return file;
  const text = Buffer.from(file.buffer, file.byteOffset, file.length).toString("latin1");
  try {
    // Latin-1 has blanks that trim() removes and age does not.
    if (/[^\t\n\r -~]/.test(text)) throw new Error("a byte in it is not printable ASCII");
    return armor.decode(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "it is malformed";
    throw new FlurryError("FLURRY_AGE_HEADER_INVALID", `The ASCII armor of the age file cannot be read: ${why}`, {
      hint: "Was the file cut off, or its line ends changed?",
    });
  }
}

/** An age file in ASCII armor. */
export function withArmor(file: Uint8Array): Uint8Array {
  return Buffer.from(armor.encode(file), "latin1");
}
