// The certificate that the server at an address shows, as PEM. Arguments: the address, and the port, 6379 unless given.
const { connect } = require('tls');
const tls = require('./writer-tls');

const [host, port = 6379] = process.argv.slice(2);
const socket = connect(Number(port), host, tls({ checkServerIdentity: () => undefined }), () => {
  const { raw } = socket.getPeerCertificate();
  const lines = raw.toString('base64').match(/.{1,64}/g);
  console.log(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n'));
  socket.destroy();
});
