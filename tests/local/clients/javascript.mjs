// Takes the steps with the AWS SDK for JavaScript: node javascript.mjs PACKAGE [gzip], where node_modules is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const [packageName, packing] = process.argv.slice(2);
const sdk = createRequire(`${process.cwd()}/`)(packageName);

function version3() {
  const client = new sdk.VoiceIDClient({ maxAttempts: 1 });
  if (packing === "gzip") {
    const pack = (next) => (args) => {
      args.request.body = gzipSync(args.request.body);
      args.request.headers["content-encoding"] = "gzip";
      return next(args);
    };
    client.middlewareStack.add(pack, { step: "build", priority: "high" });
  }
  return async (operation, members) => {
    const { $metadata, ...output } = await client.send(new sdk[`${operation}Command`](members));
    return { status: $metadata.httpStatusCode, output };
  };
}

function version2() {
  const endpoint = process.env.AWS_ENDPOINT_URL_VOICE_ID; // It does not know the variable.
  const client = new sdk.VoiceID({ endpoint, maxRetries: 0 });
  return (operation, members) =>
    new Promise((resolve, reject) => {
      client[operation[0].toLowerCase() + operation.slice(1)](members, function (error, output) {
        if (error) reject(error);
        else resolve({ status: this.httpResponse.statusCode, output });
      });
    });
}

const call = sdk.VoiceIDClient ? version3() : version2();
const outcomes = [];
for (const { operation, members } of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    outcomes.push(await call(operation, members));
  } catch (error) {
    const status = error.$metadata?.httpStatusCode ?? error.statusCode;
    if (!status) throw error;
    outcomes.push({ status, code: error.code ?? error.name });
  }
}
console.log(JSON.stringify(outcomes));
