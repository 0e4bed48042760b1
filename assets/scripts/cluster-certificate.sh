# Whether the nodes can show each other their certificate, which each does
# as a server and as a client: a server that asks for one, here for a
# moment, is asked. Links that there are would outlive a certificate that is
# of no use, and none could be made anew. Prints what is wrong with it.
# Reads what redis.sh reads, and TMPDIR. Exit code: 0 it is good, 1 not.
port=${REDIS_PORT:-6379}
log=${TMPDIR:-/tmp}/certificate.log
# Nobody has a password there, and there is no other port.
unset REDIS_USER REDIS_PASSWORD REDIS_PASSWORD_FILE REDIS_PLAIN_PORT
directory=$(dirname "$0")
. "$directory/redis.sh"

redis-server --bind 127.0.0.1 --port 0 --tls-port "$port" \
  --tls-cert-file "$tls/tls.crt" --tls-key-file "$tls/tls.key" \
  --tls-ca-cert-file "$tls/ca.crt" --tls-auth-clients yes \
  --dir "${TMPDIR:-/tmp}" --save '' >"$log" &
server=$!
tries=0
while said=$(redis_at 127.0.0.1 PING) && [ "$tries" -lt 50 ]; do
  case $said in *'Connection refused'*) ;; *) break ;; esac
  kill -0 "$server" 2>/dev/null || break
  tries=$((tries + 1))
  sleep 0.1
done
kill -KILL "$server" 2>/dev/null
wait "$server" 2>/dev/null
[ "$said" != PONG ] || exit 0
why=$(sed -n 's/^.* # \(.*error:.*\)$/\1/p' "$log" | last_line)
echo "the certificate is of no use among nodes, which show it to each" \
  "other: it must be for servers and for clients (both key usages), and" \
  "of an authority in ca.crt: ${why:-$said}"
exit 1
