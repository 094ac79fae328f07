// Loaded into every Node that a documented command starts: hosts of the documentation's world stand on this machine. `DOCUMENTED_HOSTS`
// names them, with the port of the TLS server that answers for each.

const tls = require('node:tls');

const ports = JSON.parse(process.env.DOCUMENTED_HOSTS ?? '{}');
const connect = tls.connect;

tls.connect = (options, ...rest) => {
  const port = typeof options === 'object' ? ports[`${options.host}:${options.port}`] : undefined;
  if (port === undefined) return connect(options, ...rest);
  return connect({ ...options, host: '127.0.0.1', port, servername: options.servername ?? options.host }, ...rest);
};
