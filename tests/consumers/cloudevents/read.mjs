// Reads events with the official SDK: `node read.mjs FILE SYSTEM`. Each line of the file is JSON
// {headers, body}, as on NATS; each is printed as the SDK has it, on a line of its own.

import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";

const [file, system] = process.argv.slice(2);
for (const line of readFileSync(file, "utf8").split("\n").filter(Boolean)) {
  const { headers, body } = JSON.parse(line);
  const decoded = Object.entries(headers).map(([name, value]) => [name, decodeURIComponent(value)]);
  const named = Object.fromEntries(decoded);
  // On NATS it is an address within the system; a URI of CloudEvents says where that is.
  named["ce-dataschema"] = new URL(named["ce-dataschema"], system).href;
  const event = HTTP.toEvent({ headers: named, body });
  event.validate();
  console.log(JSON.stringify(event));
}
