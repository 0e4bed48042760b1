# Starts Redis with the password in REDIS_PASSWORD_FILE:  sh start.sh redis-server /redis-master/redis.conf [--option value ...]
# The password reaches Redis through stdin, so it is in no argument and on no disk. Redis reads stdin for a `-` that is its very
# last argument (right after the file's name it is a fatal error when options follow), so `-` goes behind all of them.
# Exit code: that of redis-server, which takes this process over; 1 when there is no usable password.
. "$(dirname "$0")/redis.sh"

if [ -z "${REDIS_PASSWORD_FILE:-}" ]; then echo 'REDIS_PASSWORD_FILE is not set' >&2; exit 1; fi
secret=$(read_password) || { printf '%s\n' "$secret" >&2; exit 1; }
# Redis knows two special characters between double quotes.
quoted=$(printf '%s\n' "$secret" | LC_ALL=C sed 's/[\\"]/\\&/g')

# The blank line matters: Redis glues stdin to the file, and the file may lack the line break at its end.
# A text as short as this goes through a pipe; only bash before 5.1 would need a writable /tmp for it.
exec "$@" - <<EOF

requirepass "$quoted"
EOF
