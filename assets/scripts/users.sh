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

# hash_of <user>: the same for what Redis keeps of it.
hash_of() {
  if ! text=$(password_of "$1"); then
    echo "user $1: $text"
    return 1
  fi
  printf '%s' "$text" | sha256sum | cut -c 1-64
}

# user_directives: all users as lines of redis.conf. `default` is off. Where
# one has no password, it prints that and nothing else, and returns 1.
user_directives() {
  lines='user default off'
  while read -r user rules; do
    if ! hash=$(hash_of "$user"); then
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
    echo "masterauth $(quoted "$(password_of "$copier")")"
  fi
}

# What a replica shows its master.
copier_password() {
  [ ! -e "$REDIS_USERS/passwords/$copier" ] ||
    printf '%s' "$(password_of "$copier")"
}

# The hashes of a user, and all else that Redis knows of it.
hashes_of() {
  redis ACL GETUSER "$1" </dev/null | grep -xE '[0-9a-f]{64}'
}

rights_of() {
  redis ACL GETUSER "$1" </dev/null | grep -vxE '[0-9a-f]{64}'
}

# set_user <user> <hash> <rules>: gives a user its rules and one more
# password. All of it is in force at once, or nothing. Returns 1 when the
# server is in no state to answer.
set_user() {
  before=$(rights_of "$1")
  known=$(hashes_of "$1")
  reply=$(printf '%s\n' "ACL SETUSER $1 on #$2 resetkeys resetchannels \
clearselectors -@all $3" | redis | last_line)
  case $reply in
    OK) ;;
    ERR*) complain "user $1: $reply"; return 0 ;;
    *) return 1 ;;
  esac
  case $known in
    *"$2"*) ;;
    '') echo "user $1: added"; return 0 ;;
    *)
      begin_overlap
      echo "user $1: password changed" ;;
  esac
  [ "$(rights_of "$1")" = "$before" ] || echo "user $1: rules changed"
}

# change_users: makes the users those of the files. Former passwords hold
# until forget_former_of_all. The proxy's user is not in the files.
change_users() {
  [ -s "$REDIS_USERS/rules" ] || return 0
  kept=' default proxy '
  while read -r user rules; do
    kept="$kept$user "
    # One that is new has no password here before the pod is replaced.
    if ! hash=$(hash_of "$user"); then
      complain "$hash"
      continue
    fi
    set_user "$user" "$hash" "$rules" || return 1
  done <"$REDIS_USERS/rules"
  for user in $(redis ACL USERS </dev/null); do
    case $kept in *" $user "*) continue ;; esac
    reply=$(printf 'ACL DELUSER %s\n' "$user" | redis | last_line)
    [ "$reply" != 1 ] || echo "user $user: removed"
  done
}

# Ends the time in which two passwords are valid, when it is over.
forget_former_of_all() {
  overlap_is_over || return 0
  missing=
  while read -r user _; do
    wanted=$(hash_of "$user") || continue
    known=$(hashes_of "$user")
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
