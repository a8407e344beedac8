// An echo server with TLS on the ws package: the arguments are certificate and key.
'use strict';

const { readFileSync } = require('fs');
const { createServer } = require('https');
const { WebSocketServer } = require('ws');

const [cert, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createServer({ cert, key });
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
