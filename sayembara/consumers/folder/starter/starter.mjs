// Takes the events of Sayembara, each once. In this folder: `npm ci`, then `node starter.mjs`.
//
// What an event means for you goes into `effect`. Each event is one line of `taken.jsonl`, which is
// on the disk before the event is acknowledged: so it may come again, and has no second effect.

import { existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";
import { jetstream } from "@nats-io/jetstream";
import { connect, nkeyAuthenticator } from "@nats-io/transport-node";
import { parse } from "smol-toml";

const here = import.meta.dirname;
const settings = parse(readFileSync(join(here, "consumer.toml"), "utf8"));
const kept = join(here, "taken.jsonl");
const say = (...words) => console.error("starter:", ...words);

/** The ids of all that was taken; a line that a crash cut short is taken away. */
function open() {
  const text = existsSync(kept) ? readFileSync(kept) : Buffer.alloc(0);
  const whole = text.subarray(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) truncateSync(kept, whole.length);
  const lines = whole.toString("utf8").split("\n").slice(0, -1);
  return { file: openSync(kept, "a"), ids: new Set(lines.map((line) => JSON.parse(line).id)) };
}

/**
 * What the event means for you: what is returned is kept with the event, in the same line.
 * With a database: do it in one transaction with the note that `event.id` was taken.
 * An older event may come after a newer one: what you overwrite, overwrite by `event.position`.
 */
function effect(event, data) {
  return data;
}

/** Have the effect and note the id, both or neither; false when it was taken before. */
function take(store, event, data) {
  if (store.ids.has(event.id)) return false;
  writeSync(store.file, JSON.stringify({ ...event, data: effect(event, data) }) + "\n");
  fsyncSync(store.file);
  store.ids.add(event.id);
  return true;
}

/** The event in a message, or null when this program does not know its type and version. */
function read(message) {
  const type = message.headers?.get("ce-type");
  if (!settings.events.includes(type)) return null;
  const data = message.json(); // more fields than you know are no error
  // The internal view has no such header: there the message itself is on the log.
  const position = Number(message.headers.get("Sayembara-Position") || message.seq);
  return { event: { id: message.headers.get("ce-id"), type, position, edition: data.edition }, data };
}

/** Take one message; only what is safely kept is acknowledged. */
function handle(store, message) {
  try {
    const found = read(message);
    if (found === null) say("not understood, passed over", message.headers?.get("ce-type"));
    else if (take(store, found.event, found.data)) console.log(JSON.stringify(found.event));
    message.ack();
  } catch (error) {
    say("failed, comes again in 30 s:", error);
    message.nak(30_000);
  }
}

let stopping = false;
for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => (stopping = true));

function refused(error) {
  say(`${settings.url} closed the connection:`, error.message, "- ask the operator");
  say("after a restore the key is taken again once the operator said `sayembara consumer apply`");
  process.exit(1);
}

const store = open();
const client = await connect({
  servers: settings.url,
  authenticator: nkeyAuthenticator(Buffer.from(readFileSync(join(here, settings.key), "utf8").trim())),
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
  pingInterval: 20_000,
}).catch(refused);
client.closed().then((error) => (error ? refused(error) : process.exit(0)));
say(`connected as ${settings.name}; each event that is taken is a line`);

let events = null;
while (!stopping) {
  try {
    events ??= await jetstream(client).consumers.get(settings.stream, settings.durable);
    const message = await events.next({ expires: 2000 });
    if (message) handle(store, message);
  } catch (error) {
    say("asking again in 1 s:", error.message);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
await client.close();
