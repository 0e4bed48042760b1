// The certificate that the server at an address shows, as PEM. Argument: the address.
const { connect } = require('tls');
const tls = require('./writer-tls');

const socket = connect(6379, process.argv[2], tls({ checkServerIdentity: () => undefined }), () => {
  const { raw } = socket.getPeerCertificate();
  const lines = raw.toString('base64').match(/.{1,64}/g);
  console.log(['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----'].join('\n'));
  socket.destroy();
});
