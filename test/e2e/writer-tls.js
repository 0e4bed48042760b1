// What a client with TLS is told, by the variables of `connect`; nothing without TLS.
const { readFileSync } = require('fs');

module.exports = (options = {}) => {
  const { REDIS_TLS, REDIS_CA_FILE, REDIS_CERT_FILE, REDIS_KEY_FILE } = process.env;
  if (!REDIS_TLS) return undefined;
  const own = REDIS_CERT_FILE ? { cert: readFileSync(REDIS_CERT_FILE), key: readFileSync(REDIS_KEY_FILE) } : {};
  return { ca: readFileSync(REDIS_CA_FILE), ...own, ...options };
};
