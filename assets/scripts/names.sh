# Writes the names of all nodes and Sentinels into the hosts file of a pod:
# Redis and Sentinel look names up in their only thread, and a silent name
# service would hold up every failover. Addresses of Services do not move.
# `names.sh find` ends when all are known. `names.sh watch` goes on, since a
# Service may be made anew after all. Reads HOSTS_FILE, NAMES_PATIENCE (in
# seconds, for a first start, default 60), NAMES_INTERVAL (in seconds,
# default 60) and what replication.sh reads. Exit code: 0.
. "$(dirname "$0")/redis.sh"
. "$(dirname "$0")/replication.sh"

written=

names() {
  hosts nodes
  hosts sentinels
}

# look_up <name>: a line `<address> <name>`. The whole name is asked for:
# it is not in the hosts file, which would only repeat itself.
look_up() {
  timeout 3 getent hosts "${1%"$REPLICATION_DOMAIN"}$domain" |
    awk -v name="$1" '{ print $1, name; exit }'
}

# Lines for all names. One without an answer keeps the address it had.
addresses() {
  { names; names | each look_up; cat "$data/hosts"; } | awk '
    NF == 1 { planned[$1]; next }
    $2 in planned && !seen[$2]++' | sort -k2
}

update() {
  domain=$(whole_domain)
  found=$(addresses)
  [ "$found" != "$written" ] || return 0
  others=$(awk -v found="$found" '
    BEGIN {
      count = split(found, word)
      for (i = 2; i <= count; i += 2) ours[word[i]]
    }
    !($2 in ours)' /etc/hosts)
  # In place: it is mounted where Redis runs.
  printf '%s\n' "$others" "$found" >"$HOSTS_FILE"
  # A full disk must not make it forget.
  printf '%s\n' "$found" >"$data/hosts.new"
  [ ! -s "$data/hosts.new" ] || mv "$data/hosts.new" "$data/hosts"
  written=$found
} 2>/dev/null

all_known() {
  [ "$(printf '%s\n' "$written" | lines)" -ge "$(names | lines)" ]
}

trap 'exit 0' TERM INT
rounds=0
until update; all_known || [ "$rounds" -ge "${NAMES_PATIENCE:-60}" ]; do
  [ "$rounds" -gt 0 ] ||
    echo 'waiting: not all nodes and Sentinels have an address yet'
  rounds=$((rounds + 1))
  sleep 1
done
[ "${1:-}" = watch ] || exit 0
while sleep "${NAMES_INTERVAL:-60}"; do
  before=$written
  update
  [ "$written" = "$before" ] ||
    printf 'addresses are now:\n%s\n' "$written"
done
