// One end of a transfer on the ws package: COUNT binary messages of SIZE bytes.
// ws_transfer.js serve DIRECTION SIZE COUNT       prints its port
// ws_transfer.js URI DIRECTION SIZE COUNT         ends when all have arrived
// DIRECTION is down (from the server) or up; whoever gets them says "all" at the end.
'use strict';

const { WebSocket, WebSocketServer } = require('ws');

const [, , where, direction, size, count] = process.argv;
const options = { maxPayload: 2 ** 31, perMessageDeflate: false };

function send(socket) {
  const payload = Buffer.alloc(+size, 'x');
  let sent = 0;
  const next = () => {
    if (sent++ < +count) socket.send(payload, next);
  };
  next();
}

function receive(socket) {
  let messages = 0;
  socket.on('message', (data) => {
    if (data.length !== +size) throw new Error(`a message has ${data.length} bytes`);
    if (++messages === +count) socket.send('all', () => socket.close());
  });
}

if (where === 'serve') {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, ...options });
  server.on('listening', () => console.log(server.address().port));
  server.on('connection', direction === 'down' ? send : receive);
} else {
  const socket = new WebSocket(where, options);
  if (direction === 'down') {
    receive(socket);
    socket.on('close', () => process.exit(0));
  } else {
    socket.on('open', () => send(socket));
    socket.on('message', () => process.exit(0));
  }
}
