# Starts the proxy in front of a replication by the command in its
# arguments. Its configuration needs what only the pod knows.
# Reads REPLICATION_DOMAIN. Exit code: that of the command.
. "$(dirname "$0")/replication.sh"

# A proxy looks names up without the pod's search list, whose first entry
# is the namespace: it needs whole names.
PROXY_DOMAIN=$(whole_domain)
# Where the kernel knows IPv6, that is both.
PROXY_BIND='*'
[ ! -e /proc/net/if_inet6 ] || PROXY_BIND=::
export PROXY_DOMAIN PROXY_BIND

exec "$@"
