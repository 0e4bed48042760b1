# Starts Redis with what it already has:  sh start.sh redis-server
# /redis-master/redis.conf [--option value ...] Reads REDIS_DATA (the
# directory of its files; default: it has none) and REDIS_PASSWORD_FILE
# (default: no password), or REDIS_USERS where there are users: see
# users.sh. Exit code: that of redis-server, which takes this process over;
# 1 when there is no usable password.
. "$(dirname "$0")/redis.sh"

say() {
  printf '%s\n' "$1" >&2
}

# What redis.conf, or an option behind it, says of `appendonly`; the last
# word counts.
wanted() {
  value=$(awk '
    tolower($1) == "appendonly" { gsub(/"/, "", $2); value = tolower($2) }
    END { print value }' "$2" 2>/dev/null)
  for argument in "$@"; do
    [ "${before:-}" != --appendonly ] || value=$argument
    before=$argument
  done
  printf '%s\n' "${value:-no}"
}

# Redis reads its append-only file or its snapshot, as `appendonly` says,
# and starts empty where that one is missing, whatever the other one holds.
# Where the user has changed from one to the other, it starts with the one
# that is there; reload-config.sh then gives it the directive that was asked
# for, and Redis writes the other.
what_is_there() {
  snapshot=$REDIS_DATA/dump.rdb files=$REDIS_DATA/appendonlydir
  manifest=$(find "$files" -name '*.manifest' 2>/dev/null)
  case $(wanted "$@") in
    yes)
      if [ -z "$manifest" ] && [ -s "$snapshot" ]; then
        say 'starting from dump.rdb: there is no append-only file yet'
        echo no
      fi ;;
    *)
      if [ -z "$manifest" ]; then return; fi
      newer=$(find "$files" -type f -newer "$snapshot" 2>/dev/null)
      if [ -s "$snapshot" ] && [ -z "$newer" ]; then
        # Left over from before: should the user change back, it must not be
        # taken for the newest.
        rm -rf "$files.old" && mv "$files" "$files.old"
      else
        say 'starting from the append-only file: it is newer than dump.rdb'
        echo yes
      fi ;;
  esac
}

if [ -n "${REDIS_DATA:-}" ]; then
  there=$(what_is_there "$@")
  case $there in
    yes) set -- "$@" --appendonly yes ;;
    # A stop before the first append-only file is complete saves as well.
    no) set -- "$@" --appendonly no --save 3600 1 ;;
  esac
fi
[ -n "${REDIS_PASSWORD_FILE:-}${REDIS_USERS:-}" ] || exec "$@"

if [ -n "${REDIS_USERS:-}" ]; then
  . "$(dirname "$0")/users.sh"
  directives=$(user_directives) || { say "$directives"; exit 1; }
else
  secret=$(read_password) || { say "$secret"; exit 1; }
  secret=$(quoted "$secret")
  directives="requirepass $secret
masterauth $secret"
fi

# The password reaches Redis through stdin, so it is in no argument and on
# no disk. Redis reads stdin for a `-` that is its very last argument (right
# after the file's name it is a fatal error when options follow), so `-`
# goes behind all of them. The blank line matters: Redis glues stdin to the
# file, and the file may lack the line break at its end. A text as short as
# this goes through a pipe; only bash before 5.1 would need a writable /tmp
# for it.
exec "$@" - <<END

$directives
END
