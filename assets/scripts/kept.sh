# Sourced by the scripts that start a node which others copy: what its
# volume keeps of its data. Reads $data, the directory of its files, and
# $conf, its redis.conf.
: "${data:=/data}" "${conf:=}"

# configured <directive>: what redis.conf says of it, without quotes.
configured() {
  awk -v name="$1" '
    tolower($1) == name { $1 = ""; value = $0 }
    END { gsub(/[" ]/, "", value); print value }' "$conf" 2>/dev/null
}

# Whether the last start was with an append-only file: a snapshot beside it
# is what came from a master once.
appends() {
  [ "$(configured appendonly)" = yes ]
}

has_append_only() {
  for kept in "$data"/appendonlydir/*.manifest; do
    [ ! -s "$kept" ] || return 0
  done
  return 1
}

# Redis keeps the snapshot by which it copied its master, and would start
# with it, however old it is.
without_old_copies() {
  old=
  if appends; then
    [ ! -e "$data/appended" ] || has_append_only || old=yes
  else
    [ -n "$(configured save)" ] || old=yes
  fi
  if [ -n "$old" ] && [ -e "$data/dump.rdb" ]; then
    mv "$data/dump.rdb" "$data/dump.rdb.lost"
  fi
  # After a change from snapshots it only counts once it is there.
  if ! appends; then
    rm -f "$data/appended"
  elif has_append_only || [ ! -e "$data/dump.rdb" ]; then
    true >"$data/appended"
  fi
}

has_data() {
  has_append_only || [ -s "$data/dump.rdb" ]
}
