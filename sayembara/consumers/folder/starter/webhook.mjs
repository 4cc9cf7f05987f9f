// Takes the webhooks of Sayembara, each event once: `node webhook.mjs SECRET_FILE PORT`.
//
// Needs nothing but Node.js. The file has the secret (`whsec_...`), or one a line while you change
// it. What an event means for you goes into `effect`. Put a server that speaks HTTPS before it.

import { createHmac, timingSafeEqual } from "node:crypto";
import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

/** The types that `effect` understands. */
const KNOWN = new Set(["proposal.awarded.v1", "stage.ranked.v1"]);
const TOO_OLD_SECONDS = 300;
const LARGEST_BYTES = 2_000_000;
const kept = join(import.meta.dirname, "webhook.jsonl");

/** What the event means for you: what is returned is kept with its id, in the same line. */
function effect(event) {
  return event.data;
}

/** Whether the message is from Sayembara, unchanged, and not of long ago. */
function isSigned(secrets, headers, body) {
  const moment = headers["webhook-timestamp"] ?? "";
  if (!/^\d+$/.test(moment) || Math.abs(Date.now() / 1000 - moment) > TOO_OLD_SECONDS) return false;
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${moment}.`), body]);
  const shown = (headers["webhook-signature"] ?? "").split(" ").map((each) => Buffer.from(each));
  return secrets.some((secret) => {
    const mine = Buffer.from("v1," + createHmac("sha256", secret).update(signed).digest("base64"));
    return shown.some((each) => each.length === mine.length && timingSafeEqual(each, mine));
  });
}

/** The ids of all that was taken; a line that a crash cut short is taken away. */
function open() {
  const text = existsSync(kept) ? readFileSync(kept) : Buffer.alloc(0);
  const whole = text.subarray(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(kept, whole.length);
  const lines = whole.toString("utf8").split("\n").slice(0, -1);
  return { file: openSync(kept, "a"), ids: new Set(lines.map((line) => JSON.parse(line).id)) };
}

/** Have the effect and note the id, both or neither; false when it was taken before. */
function take(store, event) {
  if (store.ids.has(event.id)) return false;
  writeSync(store.file, JSON.stringify({ id: event.id, data: effect(event) }) + "\n");
  fsyncSync(store.file);
  store.ids.add(event.id);
  return true;
}

/** The status for one message: 204 when it is safely kept or not for us, 401 when not signed. */
function receive(store, secrets, headers, body) {
  if (!isSigned(secrets, headers, body)) return 401;
  const event = JSON.parse(body); // more fields than you know are no error
  const { id, type, position } = event;
  if (!KNOWN.has(type)) console.error("webhook: not understood, passed over:", type);
  else if (take(store, event))
    console.log(JSON.stringify({ id, type, position, edition: event.data.edition }));
  return 204;
}

/** The whole body, or nothing when it is too large. */
async function read(request) {
  const parts = [];
  let bytes = 0;
  for await (const part of request) {
    bytes += part.length;
    if (bytes <= LARGEST_BYTES) parts.push(part);
  }
  return bytes <= LARGEST_BYTES ? Buffer.concat(parts) : Buffer.alloc(0);
}

function end(words) {
  console.error("webhook:", words);
  process.exit(1);
}

if (process.argv.length !== 4) end("say: node webhook.mjs SECRET_FILE PORT");
const lines = readFileSync(process.argv[2], "utf8").split(/\s+/).filter(Boolean);
if (!lines.length || !lines.every((line) => /^whsec_.+/.test(line)))
  end(`${process.argv[2]} holds no secret; it begins with whsec_, and the operator was shown it once`);
const secrets = lines.map((line) => Buffer.from(line.replace(/^whsec_/, ""), "base64"));
const store = open();
createServer(async (request, response) => {
  try {
    if (request.method === "POST") {
      response.writeHead(receive(store, secrets, request.headers, await read(request))).end();
    } else if (process.env.SAYEMBARA_CHECK === "1") {
      // The ids of all that was taken: while it is checked only, see docs/consumers.md.
      response.end(JSON.stringify([...store.ids]));
    } else response.writeHead(404).end();
  } catch (error) {
    console.error("webhook: failed, comes again:", error);
    response.writeHead(500).end();
  }
}).listen(Number(process.argv[3]), "127.0.0.1");
