// ImportApi, ExportApi and ReimportApi by the official SDK for JavaScript: prints what they gave.
import { readFileSync } from "node:fs";
import { send } from "./client.mjs";

const Body = readFileSync(process.argv[3], "utf-8");
const made = await send("ImportApi", { Body, Basepath: "split" });
const ApiId = made.ApiId;
const exported = await send("ExportApi", {
  ApiId, Specification: "OAS30", OutputType: "JSON", IncludeExtensions: true,
});
const text = new TextDecoder().decode(exported.body);
const again = await send("ReimportApi", { ApiId, Body: text, FailOnWarnings: true });
const routes = await send("GetRoutes", { ApiId });
await send("DeleteApi", { ApiId });
console.log(JSON.stringify({
  imported: made.$metadata.httpStatusCode,
  info: made.ImportInfo,
  reimported: again.$metadata.httpStatusCode,
  same: again.ApiId === ApiId,
  paths: Object.keys(JSON.parse(text).paths),
  routes: routes.Items.map((route) => route.RouteKey).sort(),
}));
