// A way in for clients that speak no WebSocket: what comes by TCP goes on as messages, and back.
// Prints the port it listens on; ends when its input does.
import { createServer } from "node:net";

const server = createServer((client) => {
  const socket = new WebSocket(process.argv[2]);
  socket.binaryType = "arraybuffer";
  client.pause();
  client.on("data", (bytes) => socket.send(bytes));
  client.on("close", () => socket.close());
  client.on("error", () => socket.close());
  socket.onopen = () => client.resume();
  socket.onmessage = (message) => client.write(Buffer.from(message.data));
  socket.onclose = () => client.end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
