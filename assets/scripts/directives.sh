# Turns a redis.conf on stdin into lines of `name "value"`, one a directive, as CONFIG SET wants them: all arguments in one value.
# Left out is what cannot or must not be given to a living server: requirepass (comes from the Secret), dir and port (would move it
# away from its volume and its Service), bind (would cut connections), include, loadmodule, rename-command and user (no parameters).
# Reads RELOAD_SKIP too: names, with spaces between them, that arguments of redis-server set. Exit code: 0.

# Quoted words without need lose their quotes, so that a value is now one quoted word or bare words, which are then quoted together.
LC_ALL=C sed -e 's/^[[:space:]]*//' -e '/^#/d' -e '/^$/d' -e 's/[[:space:]]*$//' \
  -e 's/"\([^[:blank:]\\"]\{1,\}\)"/\1/g' -e 's/[[:blank:]]\{1,\}/ /' \
  -e '/^[^ ]* ["'\'']/!{' -e 's/[\\"]/\\&/g' -e 's/ \(.*\)/ "\1"/' -e '}' |
  LC_ALL=C awk -v skipped=" ${RELOAD_SKIP:-} " '
    { name = tolower($1); value = substr($0, length($1) + 2) }
    index(skipped, " " name " ") { next }
    name ~ /^(requirepass|dir|port|bind|include|loadmodule|user|rename-command)$/ { next }
    !(name in values) { names[++count] = name; values[name] = value; next }
    # Lines of these two add up, unless one is the empty value; of all others the last one counts.
    name ~ /^(save|client-output-buffer-limit)$/ && value != "\"\"" && values[name] != "\"\"" {
      value = substr(values[name], 1, length(values[name]) - 1) " " substr(value, 2)
    }
    { values[name] = value }
    END { for (i = 1; i <= count; i++) print names[i], values[names[i]] }'
