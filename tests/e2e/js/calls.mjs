// Calls by the official SDK for JavaScript: prints what each step gave as JSON.
import * as sdk from "@aws-sdk/client-apigatewayv2";
import { send } from "./client.mjs";

const [target, keep] = process.argv.slice(3);
const steps = {};

const made = await send("CreateApi", { Name: "from-js", ProtocolType: "HTTP" });
const ApiId = made.ApiId;
steps.created = { status: made.$metadata.httpStatusCode, api: made.ApiId };
steps.createdDateIsADate = made.CreatedDate instanceof Date;
await send("CreateStage", { ApiId, StageName: "$default", AutoDeploy: true });
const integration = await send("CreateIntegration", {
  ApiId,
  IntegrationType: "HTTP_PROXY",
  IntegrationMethod: "ANY",
  IntegrationUri: `${target}/js/{id}`,
  PayloadFormatVersion: "1.0",
});
const route = await send("CreateRoute", {
  ApiId,
  RouteKey: "GET /things/{id}",
  Target: `integrations/${integration.IntegrationId}`,
});
steps.route = (await send("GetRoute", { ApiId, RouteId: route.RouteId })).RouteKey;
await send("UpdateApi", { ApiId, Description: "changed" });
steps.description = (await send("GetApi", { ApiId })).Description;
await send("TagResource", {
  ResourceArn: `arn:aws:apigateway:eu-north-1::/apis/${ApiId}`,
  Tags: { team: "zoo" },
});
steps.tags = (await send("GetApi", { ApiId })).Tags;

const more = [];
for (let number = 0; number < 4; number += 1) {
  more.push((await send("CreateApi", { Name: `more-${number}`, ProtocolType: "HTTP" })).ApiId);
}
const listed = [];
let pages = 0;
let NextToken;
do {
  const page = await send("GetApis", { MaxResults: "2", NextToken });
  listed.push(...page.Items.map((item) => item.ApiId));
  NextToken = page.NextToken;
  pages += 1;
} while (NextToken);
steps.listed = { count: listed.length, distinct: new Set(listed).size, pages };

try {
  await send("GetApi", { ApiId: "aaaaaaaaaa" });
} catch (error) {
  steps.missing = { name: error.name, known: error instanceof sdk.NotFoundException };
}
try {
  await send("CreateRoute", { ApiId, RouteKey: "GET /things/{id}" });
} catch (error) {
  steps.conflict = { name: error.name, known: error instanceof sdk.ConflictException };
}

for (const id of keep ? more : [ApiId, ...more]) {
  await send("DeleteApi", { ApiId: id });
}
steps.left = (await send("GetApis")).Items.length;
console.log(JSON.stringify(steps));
