/**
 * Builds what the browser runs: platform/web/built/assets/, each file named by a hash of its content and
 * with its .gz and .br beside it, and platform/web/built/assets.json, which says what a page asks for.
 *
 *     node platform/web/build.mjs
 *
 * An entry is a module that a page names in `{% script "…" %}`. What two entries share becomes a
 * chunk of its own; what only some visits need (`await import()`) comes when it is needed.
 */

import { promises as fs } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import zlib from "node:zlib";
import * as esbuild from "esbuild";

const web = import.meta.dirname;
const built = path.join(web, "built");
const assets = path.join(built, "assets");

const WORKERS = { prover: "storefront/prover.ts" };
const ENTRIES = {
  details: "storefront/details.ts",
  proof: "storefront/proof.ts",
  seats: "storefront/seats.ts",
  shop: "storefront/shop.ts",
  waiting: "storefront/waiting.ts",
};
const STYLES = {
  base: "styles/base.css",
  shop: "styles/shop.css",
};
// Too little is left to win, and a second file costs a look-up.
const LEAST_BYTES_TO_PACK = 256;

const common = {
  absWorkingDir: web,
  bundle: true,
  charset: "utf8",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  format: "esm",
  legalComments: "none",
  metafile: true,
  minify: true,
  outdir: assets,
  sourcemap: "linked",
  // What is widely available since 2023: Safari 16.4, Chrome 111, Firefox 113.
  target: ["es2022", "safari16.4"],
};

/** The files that a build wrote, by the entry that they were made from. */
function written(result) {
  const found = {};
  for (const [file, output] of Object.entries(result.metafile.outputs)) {
    if (!output.entryPoint) continue;
    const preload = output.imports
      .filter(({ kind }) => kind === "import-statement")
      .map((each) => path.basename(each.path));
    found[output.entryPoint] = { file: path.basename(file), preload };
  }
  return found;
}

function byName(entries, files, suffix = "") {
  return Object.fromEntries(
    Object.entries(entries).map(([name, source]) => [name + suffix, files[source]]),
  );
}

/** The fonts that the sheets name, by their own names: pages ask for the first of them early. */
function fonts(sheets) {
  const found = {};
  for (const [file, output] of Object.entries(sheets.metafile.outputs)) {
    const [source] = Object.keys(output.inputs);
    if (!file.endsWith(".woff2") || !source) continue;
    found[path.basename(source)] = { file: path.basename(file), preload: [] };
  }
  return found;
}

async function pack(file) {
  const content = await fs.readFile(file);
  if (content.length < LEAST_BYTES_TO_PACK || /\.(map|woff2)$/.test(file)) return;
  const [gzip, brotli] = await Promise.all([
    promisify(zlib.gzip)(content, { level: 9 }),
    promisify(zlib.brotliCompress)(content),
  ]);
  await Promise.all([fs.writeFile(`${file}.gz`, gzip), fs.writeFile(`${file}.br`, brotli)]);
}

await fs.rm(built, { recursive: true, force: true });
// Workers first: the modules that start them know them by their hashed names.
const workers = written(await esbuild.build({ ...common, entryPoints: WORKERS }));
const names = Object.fromEntries(
  Object.entries(WORKERS).map(([name, source]) => [
    `${name.toUpperCase()}_FILE`,
    JSON.stringify(workers[source].file),
  ]),
);
const pages = written(
  await esbuild.build({ ...common, entryPoints: ENTRIES, splitting: true, define: names }),
);
const sheets = await esbuild.build({
  ...common,
  entryPoints: STYLES,
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
});
const list = {
  ...byName(ENTRIES, pages),
  ...byName(STYLES, written(sheets), ".css"),
  ...fonts(sheets),
};
for (const file of await fs.readdir(assets)) await pack(path.join(assets, file));
// Last, and at once: whoever finds it finds all that it names.
await fs.writeFile(path.join(built, "assets.json.new"), `${JSON.stringify(list, null, 2)}\n`);
await fs.rename(path.join(built, "assets.json.new"), path.join(built, "assets.json"));
