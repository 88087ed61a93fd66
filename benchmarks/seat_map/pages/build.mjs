/** Builds the benchmark's pages into the folder that is named: `node build.mjs FOLDER`. */

import { promises as fs } from "node:fs";
import path from "node:path";
import * as esbuild from "esbuild";

const [, , folder] = process.argv;
const here = import.meta.dirname;
const styles = path.join(here, "../../../platform/web/styles/tokens.css");

await esbuild.build({
  absWorkingDir: here,
  entryPoints: ["ours.ts", "alisaitteke.ts", "seatchart.ts"],
  bundle: true,
  format: "esm",
  minify: true,
  outdir: folder,
  target: ["es2022"],
  logLevel: "error",
});
await esbuild.build({
  entryPoints: { tokens: styles, map: path.join(here, "../../../embed_sdk/seatmap/seatmap.css") },
  bundle: true,
  outdir: folder,
  loader: { ".woff2": "dataurl" },
});
const sheets = { ours: ["tokens.css", "map.css"], alisaitteke: [], seatchart: ["rival.css"] };
const rival = path.join(here, "node_modules/seatchart/dist/seatchart.min.css");
await fs.copyFile(rival, path.join(folder, "rival.css"));
for (const [name, links] of Object.entries(sheets)) {
  const head = links.map((link) => `<link rel="stylesheet" href="${link}">`).join("");
  await fs.writeFile(
    path.join(folder, `${name}.html`),
    `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">${head}
<link rel="icon" href="data:,"><link rel="stylesheet" href="page.css"><div id="map"></div><script type="module" src="${name}.js"></script>`,
  );
}
await fs.writeFile(
  path.join(folder, "page.css"),
  "html,body{margin:0;height:100%}#map{width:100vw;height:100vh;overflow:auto}",
);
