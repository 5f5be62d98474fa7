import { createCipheriv } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export type MixedTree = { files: number; bytes: number };

type Kind = {
  folder: string;
  extension: string;
  files: number;
  bytesMin: number;
  bytesMax: number;
  fill: (random: Random, bytes: number) => Buffer;
};

/** Like the mods of a Workshop: many small scripts, models and sounds that shrink some, pictures and music that do not. */
const KINDS: readonly Kind[] = [
  { folder: "Defs", extension: "xml", files: 2_500, bytesMin: 300, bytesMax: 30_000, fill: markup },
  { folder: "Source", extension: "lua", files: 1_500, bytesMin: 500, bytesMax: 40_000, fill: script },
  { folder: "Meshes", extension: "mesh", files: 560, bytesMin: 20_000, bytesMax: 260_000, fill: vertices },
  { folder: "Sounds", extension: "wav", files: 120, bytesMin: 100_000, bytesMax: 700_000, fill: waves },
  { folder: "Textures", extension: "png", files: 850, bytesMin: 5_000, bytesMax: 200_000, fill: dense },
  { folder: "Maps", extension: "bin", files: 3, bytesMin: 8_000_000, bytesMax: 14_000_000, fill: vertices },
];

/** Writes about 310 MB in 5,533 files below `root`; the same bytes on every machine. */
export async function writeMixedTree(root: string): Promise<MixedTree> {
  const random = createRandom("mixed tree");
  const tree: MixedTree = { files: 0, bytes: 0 };
  for (const { folder, extension, files, bytesMin, bytesMax, fill } of KINDS) {
    for (let i = 0; i < files; i += 1) {
      const content = fill(random, bytesMin + random.below(bytesMax - bytesMin));
      const path = join(root, folder, `group-${i % 23}`, `${folder.toLowerCase()}_${i}.${extension}`);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      tree.files += 1;
      tree.bytes += content.length;
    }
  }
  return tree;
}

export type Random = { bytes(count: number): Buffer; below(limit: number): number };

/** Equal seeds give equal numbers: a stream cipher over zeros. */
export function createRandom(seed: string): Random {
  const cipher = createCipheriv("aes-128-ctr", Buffer.from(seed.padEnd(16).slice(0, 16)), Buffer.alloc(16));
  const bytes = (count: number): Buffer => cipher.update(Buffer.alloc(count));
  let pool = bytes(4096);
  let used = 0;
  const next = (): number => {
    if (used + 4 > pool.length) [pool, used] = [bytes(4096), 0];
    used += 4;
    return pool.readUInt32LE(used - 4);
  };
  return { bytes, below: (limit) => next() % limit };
}

const SYLLABLES = "ba co di fu ga he li mo na pe qui ro sa te vu wa xi yo zu ar en il on us".split(" ");

/** Few words are frequent and many are rare, as in any text. */
function word(random: Random): string {
  const rank = Math.floor(3_000 ** (random.below(1_000) / 1_000));
  const name = (n: number): string => SYLLABLES[n % SYLLABLES.length] ?? "";
  return name(rank) + name(rank >> 3) + (rank > 50 ? name(rank >> 6) : "");
}

function lines(bytes: number, line: () => string): Buffer {
  const parts: string[] = [];
  for (let length = 0; length < bytes; ) {
    const next = line();
    parts.push(next);
    length += next.length;
  }
  return Buffer.from(parts.join("").slice(0, bytes));
}

function markup(random: Random, bytes: number): Buffer {
  return lines(bytes, () => {
    const tag = word(random);
    return `    <${tag} id="${random.below(100_000)}">\n      <label>${word(random)} ${word(random)}</label>\n    </${tag}>\n`;
  });
}

function script(random: Random, bytes: number): Buffer {
  return lines(bytes, () => {
    const [a, b, c] = [word(random), word(random), word(random)];
    return `local ${a} = self:${b}(${c}, ${random.below(1_000)}) -- ${word(random)} ${word(random)} ${word(random)}\n`;
  });
}

/** Floats of a wandering point: their high bytes repeat, their low ones do not. */
function vertices(random: Random, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  let [x, y] = [random.below(1_000), random.below(1_000)];
  for (let i = 0; i + 12 <= bytes; i += 12) {
    x += random.below(64) / 64;
    y += random.below(64) / 64;
    out.writeFloatLE(x, i);
    out.writeFloatLE(y, i + 4);
    out.writeUInt32LE(i / 12, i + 8);
  }
  return out;
}

/** 16-bit samples of a tone with a little noise. */
function waves(random: Random, bytes: number): Buffer {
  const out = Buffer.alloc(bytes);
  const step = 0.01 + random.below(100) / 1_000;
  for (let i = 0; i + 2 <= bytes; i += 2)
    out.writeInt16LE(Math.round(9_000 * Math.sin(i * step)) + random.below(64), i);
  return out;
}

function dense(random: Random, bytes: number): Buffer {
  const out = random.bytes(bytes);
  Buffer.from("89504e470d0a1a0a0000000d49484452", "hex").copy(out);
  return out;
}
