# Sourced by the loops that hand over a changed password: the former one
# holds until all others must have heard of the new one. Needs redis.sh and
# its $password. Reads PASSWORD_OVERLAP (seconds, default 600).
overlap=${PASSWORD_OVERLAP:-600}

complaint=

# Prints a trouble once, not every few seconds.
complain() {
  [ "$1" = "$complaint" ] || printf '%s\n' "$1"
  complaint=$1
}

resolve() {
  complaint=
}

# Seconds of a clock that does not jump.
now() {
  cut -d . -f 1 /proc/uptime
}

# When the password was changed. A loop that has just begun does not know,
# and takes care of what another one left.
changed=$(now)
behind=yes

# begin_overlap: a password was added just now.
begin_overlap() {
  changed=$(now)
  behind=yes
}

# add_password <password>: it is valid from now on.
add_password() {
  reply=$(printf '>%s' "$1" | redis -x ACL SETUSER default | last_line)
  [ "$reply" = OK ] || return 1
  password=$1
  begin_overlap
  echo 'password: changed'
}

# after <seconds>: whether the change is so long ago.
after() {
  [ $(($(now) - changed)) -ge "$1" ]
}

all_have_heard() {
  after $((overlap / 2))
}

# Whether others are still shown the former one.
is_behind() {
  [ -n "$behind" ]
}

caught_up() {
  behind=
}

# Nothing is left to do.
is_settled() {
  [ -z "$password" ] || [ -z "$changed" ]
}

# Whether former passwords have held long enough.
overlap_is_over() {
  after "$overlap"
}

# end_overlap: all former ones are gone.
end_overlap() {
  changed=
}

# Ends the time in which both are valid, when it is over.
forget_former() {
  overlap_is_over || return 0
  valid=$(redis ACL GETUSER default | grep -xE '[0-9a-f]{64}')
  wanted=$(printf '%s' "$password" | sha256sum | cut -c 1-64)
  printf '%s\n' "$valid" | grep -qxF "$wanted" || return 0
  end_overlap
  former=$(printf '%s\n' "$valid" | grep -vxF "$wanted")
  [ -n "$former" ] || return 0
  for hash in $former; do
    redis ACL SETUSER default "!$hash" >/dev/null
  done
  echo 'password: the former one is no longer valid'
}
