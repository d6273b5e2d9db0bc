import { readFile, readdir } from "node:fs/promises";

/** What Linux counts memory in; 4 KiB on every platform that Node 20 is built for, but some arm64 kernels. */
const pageBytes = 4096;

/** The resident memory of a process and of all that it has started and not outlived, in bytes. Shared pages count for each. */
export async function residentBytes(pid: number): Promise<number> {
  const [own, children] = await Promise.all([residentBytesOf(pid), childrenOf(pid)]);
  const others = await Promise.all(children.map(residentBytes));
  return others.reduce((sum, bytes) => sum + bytes, own);
}

/** proc(5): the second number of statm is the resident set in pages. */
async function residentBytesOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/statm`, "utf8").catch(() => "0 0");
  return Number(text.split(" ")[1]) * pageBytes;
}

/** proc(5): each thread has a list of the children that it started. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  return lists.flatMap((list) =>
    list
      .split(" ")
      .filter((word) => word !== "")
      .map(Number),
  );
}
