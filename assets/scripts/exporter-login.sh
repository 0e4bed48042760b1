# Writes down the password by which the exporter asks Redis, as it reads it:
# {"<address>":"<password>"}. Reads EXPORTER_LOGIN (the file),
# EXPORTER_ADDRESS (how the exporter looks its password up) and
# EXPORTER_PASSWORD_FILE. Where that is no usable password, it prints why,
# and a file that is there stays as it is. If there is none, the exporter
# gets one without a password, since nobody must wait for metrics. Exit
# code: 0, or 1 when it cannot be written.
. "$(dirname "$0")/redis.sh"

write() {
  umask 077
  # The exporter may read it at any time.
  printf '%s\n' "$1" >"$EXPORTER_LOGIN.new" &&
    mv "$EXPORTER_LOGIN.new" "$EXPORTER_LOGIN"
}

if text=$(read_password "$EXPORTER_PASSWORD_FILE"); then
  # JSON has the same two special characters as redis.conf.
  write "{$(quoted "$EXPORTER_ADDRESS"):$(quoted "$text")}"
else
  printf '%s\n' "$text"
  [ -e "$EXPORTER_LOGIN" ] || write '{}'
fi
