// Reads events with the official SDK, strictly: `node read.mjs FILE`. Each line of the file is JSON
// {headers, body}, as on NATS or from a webhook; each is printed as the SDK has it, on its own line.

import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";

const [file] = process.argv.slice(2);
for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
  const { headers, body } = JSON.parse(line);
  const decoded = Object.entries(headers).map(([name, value]) => [name, decodeURIComponent(value)]);
  const event = HTTP.toEvent({ headers: Object.fromEntries(decoded), body });
  event.validate();
  console.log(JSON.stringify(event));
}
