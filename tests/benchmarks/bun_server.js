// An echo and a broadcast server on Bun, with its defaults (no compression).
'use strict';

const [mode] = process.argv.slice(2);
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, server) => (server.upgrade(request) ? undefined : new Response('no')),
  websocket: {
    maxPayloadLength: 64 << 20,
    open: (socket) => mode === 'broadcast' && socket.subscribe('all'),
    message: (socket, data) =>
      mode === 'broadcast' ? socket.publish('all', data) : socket.send(data),
  },
});
console.log(server.port);
