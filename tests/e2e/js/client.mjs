// The official SDK for JavaScript against the endpoint that is the first argument.
import * as sdk from "@aws-sdk/client-apigatewayv2";

const client = new sdk.ApiGatewayV2Client({
  endpoint: process.argv[2],
  region: "eu-north-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});

export const send = (name, input = {}) => client.send(new sdk[`${name}Command`](input));
