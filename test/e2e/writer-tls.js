// What a client with TLS is told, by the variables of `connect`; nothing without TLS. It reads its files at each connection, since they change.
const { readFileSync } = require('fs');

module.exports = (options = {}) => {
  const { REDIS_TLS, REDIS_CA_FILE, REDIS_CERT_FILE, REDIS_KEY_FILE } = process.env;
  if (!REDIS_TLS) return undefined;
  return {
    ...options,
    get ca() { return readFileSync(REDIS_CA_FILE); },
    get cert() { return REDIS_CERT_FILE && readFileSync(REDIS_CERT_FILE); },
    get key() { return REDIS_KEY_FILE && readFileSync(REDIS_KEY_FILE); },
  };
};
