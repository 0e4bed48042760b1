# Sourced by the scripts of a cluster's nodes: how they find and ask each
# other. Needs redis.sh. Reads CLUSTER_SERVICE, the Service that gives each
# pod a name, and CLUSTER_BUS_PORT (that of the bus, where it is not 10000
# above the one of clients).

# What CLUSTER MEET is told beside an address.
ports() {
  echo "${REDIS_PORT:-6379}${CLUSTER_BUS_PORT:+ $CLUSTER_BUS_PORT}"
}

# address_of <pod>: the address that its name has now, or nothing. The name
# service may be seconds behind, or silent.
address_of() {
  timeout 2 getent hosts "$1.$CLUSTER_SERVICE" 2>/dev/null |
    awk '{ print $1; exit }'
}

# The addresses of all nodes, by the name of their Service.
addresses_of_all() {
  timeout 2 getent hosts "$CLUSTER_SERVICE" 2>/dev/null |
    awk '{ print $1 }'
}

# What these scripts are now: a ConfigMap changes while they run.
version() {
  cksum "$(dirname "$0")"/*.sh "$(dirname "$0")"/*.awk
}

# Lines `<pod> <address>` for the pods on stdin whose names have one.
addresses() {
  each show_address
}

show_address() {
  address=$(address_of "$1")
  [ -z "$address" ] || echo "$1 $address"
}
