# Turns a redis.conf on stdin into lines of `name "value"`, one a directive,
# as CONFIG SET wants them: all arguments in one value. Left out is what a
# living server cannot or must not get: requirepass (comes from the Secret),
# dir and port (would move it away from its volume and its Service), bind
# (would cut connections), TLS (what a pod may change alone is left in where
# it has it, as REDIS_TLS_DIRECTORY says), include, loadmodule,
# rename-command and user (no parameters). Reads RELOAD_OVERRIDES too: lines
# that are arguments of redis-server and win over it. Exit code: 0.

# The file without the directives that are overridden, and then these.
overridden() {
  LC_ALL=C awk '
    BEGIN {
      n = split(ENVIRON["RELOAD_OVERRIDES"], lines, "\n")
      for (i = 1; i <= n; i++) {
        split(lines[i], word, " ")
        skipped[word[1]] = 1
      }
    }
    !(tolower($1) in skipped)
    END { print ENVIRON["RELOAD_OVERRIDES"] }'
}

# Quoted words without need lose their quotes, so that a value is now one
# quoted word or bare words, which are then quoted together.
overridden |
  LC_ALL=C sed -e 's/^[[:space:]]*//' -e '/^#/d' -e '/^$/d' \
  -e 's/[[:space:]]*$//' \
  -e 's/"\([^[:blank:]\\"]\{1,\}\)"/\1/g' -e 's/[[:blank:]]\{1,\}/ /' \
  -e '/^[^ ]* ["'\'']/!{' -e 's/[\\"]/\\&/g' -e 's/ \(.*\)/ "\1"/' -e '}' |
  LC_ALL=C awk -v tls="${REDIS_TLS_DIRECTORY:-}" '
    { name = tolower($1); value = substr($0, length($1) + 2) }
    name ~ /^(requirepass|dir|port|bind)$/ { next }
    name ~ /^tls-(port|cluster|replication|(cert|key|ca-cert)-file)$/ {
      next
    }
    name ~ /^tls-/ && tls == "" { next }
    name ~ /^(include|loadmodule|rename-command|user)$/ { next }
    !(name in values) { names[++count] = name; values[name] = value; next }
    # Lines of these two add up, unless one is the empty value; of all
    # others the last one counts.
    name ~ /^(save|client-output-buffer-limit)$/ &&
      value != "\"\"" && values[name] != "\"\"" {
      former = values[name]
      value = substr(former, 1, length(former) - 1) " " substr(value, 2)
    }
    { values[name] = value }
    END { for (i = 1; i <= count; i++) print names[i], values[names[i]] }'
