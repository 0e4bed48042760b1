# Sourced by the scripts that give Redis its users. Reads REDIS_USERS, a
# directory: its file `rules` has a line `<name> <rule>...` for each user,
# and `passwords` a file for each with its password. Needs redis.sh, and
# what changes a running server needs password.sh too. Redis is given
# hashes of passwords, and all that it is given goes through stdin.
copier=internal-replication

# password_of <user>: prints it; says why and returns 1 when there is none.
password_of() {
  read_password "$REDIS_USERS/passwords/$1"
}

# What Redis keeps of the password on stdin.
hashed() {
  sha256sum | cut -c 1-64
}

# hash_of <user>: prints it; says why and returns 1 when there is none.
hash_of() {
  if ! text=$(password_of "$1"); then
    echo "user $1: $text"
    return 1
  fi
  printf '%s' "$text" | hashed
}

# may_wait <user>: whether Redis starts without one that has no usable
# password: an application whose Secret is not there, or who only watches.
may_wait() {
  case $1 in
    internal-exporter) ;;
    internal-*) return 1 ;;
    *) [ ! -e "$REDIS_USERS/passwords/$1" ] ;;
  esac
}

# user_directives: all users as lines of redis.conf. `default` is off. Where
# one has no usable password, it prints that and nothing else, and returns
# 1. An application without a Secret must not keep out all others: it waits.
user_directives() {
  lines='user default off'
  while read -r user rules; do
    if ! hash=$(hash_of "$user"); then
      if may_wait "$user"; then
        echo "user $user: left out until its Secret has its password" >&2
        continue
      fi
      echo "$hash"
      return 1
    fi
    lines="$lines
user $user on #$hash resetchannels $rules"
  done <"$REDIS_USERS/rules" || {
    echo "cannot read the users' rules in $REDIS_USERS/rules"
    return 1
  }
  printf '%s\n' "$lines"
  if [ -e "$REDIS_USERS/passwords/$copier" ]; then
    echo "masteruser $copier"
    printf 'masterauth %s\n' "$(quoted "$(password_of "$copier")")"
  fi
}

# shown_by <user>: what it shows others; nothing where nobody is to be shown
# anything, and nothing and 1 where that is no password.
shown_by() {
  [ -e "$REDIS_USERS/passwords/$1" ] || return 0
  text=$(password_of "$1") || return 1
  printf '%s' "$text"
}

# known_of <user>: what Redis knows of it, nothing of one that it has not.
# Returns 1 when the server is in no state to answer.
known_of() {
  known=$(redis ACL GETUSER "$1" </dev/null)
  case $known in
    '' | flags*) printf '%s\n' "$known" ;;
    *) return 1 ;;
  esac
}

# Of that, the hashes of its passwords, and the rest.
hashes() {
  grep -xE '[0-9a-f]{64}'
}

rights() {
  grep -vxE '[0-9a-f]{64}'
}

# Who got a password without an answer: it may have it all the same.
unheard=

# set_user <user> <hash> <rules>: gives a user its rules and one more
# password. All of it is in force at once, or nothing. Returns 1 when the
# server is in no state to answer.
set_user() {
  before=$(known_of "$1") || return 1
  fresh=$1
  case $before in *"$2"*) fresh=$unheard ;; esac
  reply=$(printf '%s\n' "ACL SETUSER $1 on #$2 resetkeys resetchannels \
clearselectors -@all $3" | redis | last_line)
  case $reply in
    OK) ;;
    ERR*) complain "user $1: $reply"; return 0 ;;
    *) unheard=$fresh; return 1 ;;
  esac
  [ "$unheard" != "$1" ] || unheard=
  if [ -z "$before" ]; then
    echo "user $1: added"
    return 0
  fi
  if [ "$fresh" = "$1" ]; then
    begin_overlap
    echo "user $1: password changed"
  fi
  is=$(known_of "$1") || return 0
  [ "$(printf '%s\n' "$is" | rights)" = \
    "$(printf '%s\n' "$before" | rights)" ] ||
    echo "user $1: rules changed"
}

# change_users: makes the users those of the files. Former passwords hold
# until forget_former_of_all. The proxy's user is not in the files. The
# files may change meanwhile: own_password is what this script's user got.
change_users() {
  [ -s "$REDIS_USERS/rules" ] || return 0
  own=
  kept=' default proxy '
  while read -r user rules; do
    kept="$kept$user "
    # The Secret may come later, or with the next pod only.
    if ! text=$(password_of "$user"); then
      complain "user $user: $text"
      continue
    fi
    hash=$(printf '%s' "$text" | hashed)
    set_user "$user" "$hash" "$rules" || return 1
    [ "$user" != "${REDIS_USER:-}" ] || own=$text
  done <"$REDIS_USERS/rules"
  for user in $(redis ACL USERS </dev/null); do
    case $kept in *" $user "*) continue ;; esac
    reply=$(printf 'ACL DELUSER %s\n' "$user" | redis | last_line)
    [ "$reply" != 1 ] || echo "user $user: removed"
  done
}

own_password() {
  printf '%s\n' "${own:-}"
}

# Ends the time in which two passwords are valid, when it is over.
forget_former_of_all() {
  overlap_is_over || return 0
  missing=
  while read -r user _; do
    if ! wanted=$(hash_of "$user"); then
      # Its former password ends when there is another one.
      [ -z "$(known_of "$user")" ] || missing=yes
      continue
    fi
    known=$(known_of "$user" | hashes)
    case $known in
      "$wanted") continue ;;
      *"$wanted"*) ;;
      *) missing=yes; continue ;;
    esac
    for hash in $known; do
      [ "$hash" = "$wanted" ] || echo "ACL SETUSER $user !$hash"
    done | redis >/dev/null
    echo "user $user: the former password is no longer valid"
  done <"$REDIS_USERS/rules"
  [ -n "$missing" ] || end_overlap
}
