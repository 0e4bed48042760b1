# Starts the proxy in front of a replication by the command in its
# arguments. Its configuration needs what only the pod knows.
# Reads REPLICATION_DOMAIN and REDIS_PASSWORD_FILE (default: no password).
# Exit code: that of the command; 1 without a usable password.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

# A proxy looks names up without the pod's search list, whose first entry
# is the namespace: it needs whole names.
PROXY_DOMAIN=$(whole_domain)
# Where the kernel knows IPv6, that is both.
PROXY_BIND='*'
[ ! -e /proc/net/if_inet6 ] || PROXY_BIND=::
export PROXY_DOMAIN PROXY_BIND

if [ -n "${REDIS_PASSWORD_FILE:-}" ]; then
  secret=$(read_password) || { printf '%s\n' "$secret" >&2; exit 1; }
  length=$(printf '%s' "$secret" | LC_ALL=C wc -c | tr -d ' ')
  # Hexadecimal: the proxy would read some characters as its own.
  PROXY_AUTH=$(
    printf "*2\\r\\n\$4\\r\\nAUTH\\r\\n\$%s\\r\\n%s\\r\\n" \
      "$length" "$secret" |
      od -An -v -tx1 | tr -d ' \n'
  )
  export PROXY_AUTH
fi
exec "$@"
