# shellcheck shell=sh disable=SC2034,SC2154,SC2086,SC2016,SC2094,SC2317,SC2329
# SC2317, SC2329: the parts of this file call each other when script.py has put them together.
# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
#
# The constant part of the script that runs on a host. script.py takes the sections it needs ("#:: name"), strips comments, and
# puts before them the assignments nonce, key, soft, token_key, buffer and the commands c_1, c_2, …; and the lanes c_serial and c_slow.
# It must run under every POSIX shell: dash, bash, busybox. No "local", no arrays, no "read -t", no process substitution.
#
# Rules that keep it right:
# - Redirections of functions and groups save the old descriptors at 10 and above, where every fork inherits them. A command that
#   cannot be killed would then keep the connection open. So descriptors are only ever changed with "exec" inside a subshell.
# - Descriptor 3 is where frames go, 7 are events for the keeper, 6 is the standard error of the item. A command holds none of them.
# - What ends an item ends its subshell and all below it, never the pipes around it: what it said so far still comes through.
# - A fork costs what twenty builtins cost. One item takes four forks and one exec (head) besides its own command.

#:: core
umask 077
LC_ALL=C LANG=C LANGUAGE=C TERM=dumb PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
export LC_ALL LANG LANGUAGE TERM PATH
unset ENV BASH_ENV CDPATH GREP_OPTIONS
nl='
'

# c_now: t = hundredths of a second since boot, without a fork.
c_now() {
  if read -r t c_rest </proc/uptime
  then t=${t%.*}${t#*.}
  else t=$(date +%s)00
  fi
}

# c_mark WORD...: one frame marker. It begins with a line break, because what came before may not have ended in one.
c_mark() {
  printf '\n==%s %s\n' "$nonce" "$*"
}

# c_work NUMBER: run the command in a subshell of its own, then report its exit code on its standard error. Not by a trap on EXIT:
# bash forgets it in a pipeline, and runs it with the wrong code when it is killed.
c_work() {
  exec 3>&-
  (
    c_pid=
    read -r c_pid c_rest </proc/self/stat
    echo "w $lane $c_pid" >&7
    exec </dev/null 2>&6 6>&- 7>&-
    MIDONET_COLLECTOR=$key/$1/
    export MIDONET_COLLECTOR
    eval "c_text=\$c_$1"
    eval "$c_text"
  )
  printf '\n%s %s\n' "$nonce" "$?" >&6
}

# c_report NUMBER START: reads the item's standard error to its end, which comes after the last byte of standard output went out;
# then writes it in a frame of its own. Almost always there is nothing to read but the exit code; only much text takes a fork (tail).
c_report() {
  exec 7>&-
  rc=- text='' line='' more=''
  while IFS= read -r line; do
    case $line in
      "$nonce "*) rc=${line#* }; text=${text%"$nl"}; line='' ;;
      *) text=$text$line$nl ;;
    esac
    if [ ${#text} -gt 4096 ]; then
      more=$(tail -c 4096)
      line=
      case $more in
        *"$nonce "*) rc=${more##*"$nonce "}; more=${more%"$nl$nonce "*} ;;
      esac
      text="${text}[...]$nl$more"
      break
    fi
  done
  text=$text$line
  c_now
  printf '\n==%s err %s %s %s\n%s\n==%s end %s\n' "$nonce" "$1" "$rc" "$(((t - $2) * 10))" "$text" "$nonce" "$1" >&3
}

# c_run NUMBER TIMEOUT CAP [FILTER]: one item. TIMEOUT in hundredths of a second, CAP is one byte more than what is wanted. A filter
# keeps all that it reads: it is given no more than twice the cap.
c_run() {
  c_now
  if [ "$t" -ge "$soft" ]; then
    c_mark skip "$1" >&3
    return
  fi
  c_limit=$((t + $2))
  [ "$c_limit" -le "$soft" ] || c_limit=$soft
  c_mark out "$1" $(((t - zero) * 10)) $(((c_limit - t) * 10)) >&3
  echo "s $lane $1 $c_limit" >&7
  if [ -n "$4" ]
  then
    {
      exec 6>&1
      c_work "$1" | { exec 7>&-; c_cap $(($3 * 2)); } | { exec 7>&-; eval "$4"; } | { exec 7>&-; c_cap "$3" >&3; }
    } | c_report "$1" "$t" &
  else { exec 6>&1; c_work "$1" | { exec 7>&-; c_cap "$3" >&3; }; } | c_report "$1" "$t" &
  fi
  wait $! || printf '\n==%s err %s - 0\n\n==%s end %s abandoned\n' "$nonce" "$1" "$nonce" "$1" >&3
  echo "e $lane" >&7
}

if command -v head >/dev/null
then c_cap() { exec head -c "$1"; }
else c_cap() { exec cat; }
fi

# c_lane LETTER FUNCTION: run one lane; the keeper learns which process it is.
c_lane() {
  exec 3>&1
  lane=$1
  read -r c_pid c_rest </proc/self/stat
  echo "l $lane $c_pid" >&7
  $2
}

# c_ticker: an event every second, until it is told to end. It leaves no sleep behind.
c_ticker() {
  trap 'kill $!; exit' TERM
  exec >&7 3>&-
  while sleep 1 & wait $!; do echo t; done
}

# c_keeper: the one process that ends what does not end. It reads events:
#   l LANE PID          a lane began      s LANE NUMBER LIMIT   an item began      w LANE PID   its worker
#   e LANE              the item ended    t                     a second passed    q            all is over
c_keeper() {
  exec >/dev/null 3>&-
  limit_a='' limit_b=''
  while read -r event a b c; do
    case $event in
      l) eval "shell_$a=$b" ;;
      s) eval "item_$a=$b limit_$a=$c work_$a='' stage_$a=0" ;;
      w) eval "work_$a=$b" ;;
      e) eval "limit_$a=''" ;;
      t)
        c_now
        c_watch a
        c_watch b
        [ -d "/proc/$shell_a" ] || [ -d "/proc/$shell_b" ] || break
        ;;
      q) break ;;
    esac
  done
  c_find '[0-9]*' ''
  [ -z "$victims" ] || kill -KILL $victims
}

# c_watch LANE: TERM at the limit, KILL with each of the next two ticks; then whatever still holds the lane up is in uninterruptible
# sleep: end the pipes around it, so that the lane goes on without it. Where nothing is left to kill the output may just be slow.
c_watch() {
  eval "limit=\$limit_$1 stage=\$stage_$1 number=\$item_$1 worker=\$work_$1 shell=\$shell_$1"
  [ -n "$limit" ] && [ "$t" -ge "$limit" ] || return 0
  c_find "$number" "$worker"
  case $stage:$victims in
    0:?*) kill -TERM $victims ;;
    [12]:?*) kill -KILL $victims ;;
    [0-7]:) ;;
    *)
      c_grow " $shell "
      victims=${grown#" $shell "}
      kill -KILL $victims
      ;;
  esac
  eval "stage_$1=$((stage + 1))"
}

# c_find NUMBER WORKER: victims = the worker with all its descendants, and every orphan that carries the item's mark in its environment.
# Only processes are looked at which did not exist when the collector began.
c_find() {
  news=
  for process in /proc/[0-9]*; do
    case $before in *" $process "*) continue ;; esac
    line=
    read -r line <"$process/stat" || continue
    line=${line##*) }
    case $line in Z*) continue ;; esac
    line=${line#* }
    line=${line%% *}
    case $line in '' | *[!0-9]*) line=0 ;; esac
    eval "parent_${process#/proc/}=$line"
    news="$news ${process#/proc/}"
  done
  c_grow " $$ "
  tree=$grown
  victims=' '
  case "$news " in *" $2 "*) victims=" $2 " ;; esac
  for process in $news; do
    case $tree in *" $process "*) continue ;; esac
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in
        *"MIDONET_COLLECTOR=$key/"$1/*) victims="$victims$process " ;;
        *"MIDONET_COLLECTOR=$key/"[0-9]*) ;;
        *"MIDONET_COLLECTOR=$key/"*) victims="$victims$process " ;;
        *) line=; continue ;;
      esac
      break
    done <"/proc/$process/environ"
  done
  c_grow "$victims"
  victims=${grown# }
}

# c_grow " PID PID ": grown = these and all their descendants.
c_grow() {
  grown=$1
  while :; do
    more=
    for process in $news; do
      case $grown in *" $process "*) continue ;; esac
      eval "line=\$parent_$process"
      case $grown in *" $line "*) grown="$grown$process " more=1 ;; esac
    done
    [ -n "$more" ] || return 0
  done
}

c_lanes() {
  exec 7>&1 >&3
  c_ticker &
  c_tick=$!
  if [ -n "$buffer" ]
  then
    # tail keeps all that the slow lane says until the serial lane is done, so that neither waits for the other.
    { exec 3>&-; c_lane b c_slow; } | { exec 3>&- 7>&-; exec tail -c "$buffer"; } | {
      c_lane a c_serial
      exec 3>&- 7>&-
      exec cat
    }
  else c_lane a c_serial
  fi
  kill "$c_tick"
  wait
  echo q >&7
}

c_main() {
  set -- /proc/[0-9]*
  before=" $* "
  c_now
  zero=$t
  soft=$((t + soft))
  c_generation
  c_epoch=$(date +%s.%N)
  c_now
  c_mark hello 1 "$c_epoch" "$generation" $(((t - zero) * 10))
  c_lanes | c_keeper
  c_now
  c_mark bye $(((t - zero) * 10))
}

c_generation() {
  generation=-
  if [ -e /usr/share/midolman/midolman.jar ] || [ -d /usr/share/midonet-cluster ]
  then generation=B
  else
    for file in /usr/share/midolman/midolman-*.jar /usr/share/midonet-api; do
      [ ! -e "$file" ] || generation=A
    done
  fi
  [ "$generation" != - ] || c_package_generation
}

c_package_generation() { :; }

#:: c_either
# c_package_generation: ask the package manager, when files did not tell and some item needs to know.
c_package_generation() {
  if command -v dpkg-query >/dev/null
  then file=$(dpkg-query -W -f '${Version}\n' midolman midonet-api midonet-cluster 2>/dev/null)
  elif command -v rpm >/dev/null
  then file=$(rpm -q --qf '%{VERSION}\n' midolman midonet-api midonet-cluster | grep -v ' ')
  else file=
  fi
  file=${file%%"$nl"*}
  file=${file#*:}
  case $file in
    20[0-9][0-9].* | 1.*) generation=A ;;
    [2-9].*) generation=B ;;
  esac
}
# c_either A B: the command of this host's generation; when that is not known, B, and A if B fails.
c_either() {
  case $generation in
    A) eval "$1" ;;
    B) eval "$2" ;;
    *)
      if c_text=$(eval "$2")
      then printf '%s\n' "$c_text"
      else eval "$1"
      fi
      ;;
  esac
}

#:: c_scrub
# c_scrub PROGRAM: standard input without secrets. The program is for sed and puts each secret between $open and $close (scrub.py);
# such pairs may lie in each other, then the outer one counts. Text without secrets costs one process, each secret costs another.
c_scrub() {
  c_text=$(sed "$1"; echo x)
  c_blanks=$IFS
  set -f
  IFS=$open
  set -- ${c_text%x}
  IFS=$c_blanks
  c_value='' c_depth=0 c_hidden=0 c_last='' c_sum=unknown
  [ $# -eq 0 ] || printf %s "$1"
  [ $# -eq 0 ] || shift
  for c_text do
    c_depth=$((c_depth + 1))
    while [ "$c_depth" -gt 0 ]; do
      case $c_text in
        *"$close"*)
          c_value=$c_value${c_text%%"$close"*}
          c_text=${c_text#*"$close"}
          c_depth=$((c_depth - 1))
          ;;
        *)
          c_value=$c_value$c_text
          continue 2
          ;;
      esac
    done
    c_hide
    printf '%s%s' "$c_shown" "$c_text"
    c_value=
  done
}

# c_hide: c_shown = what stands for $c_value. Blanks and quotes around it stay; what else it is must be what pseudonyms.py says.
c_hide() {
  c_after=${c_value##*[![:space:]]}
  c_value=${c_value%"$c_after"}
  case $c_value in
    [\"\']*[,\;])
      c_after=${c_value#"${c_value%?}"}$c_after
      c_value=${c_value%?}
      ;;
  esac
  c_before=
  case $c_value in
    \"*\"*\" | \'*\'*\') ;;
    \"*\" | \'*\')
      c_before=${c_value%"${c_value#?}"}
      c_after=$c_before$c_after
      c_value=${c_value#?}
      c_value=${c_value%?}
      ;;
  esac
  [ "$c_value" = "$c_last" ] || c_name_it
  c_last=$c_value
  c_shown=$c_before${c_value:+$c_name}$c_after
}

# c_name_it: c_name = the pseudonym of $c_value. The value goes through pipes only; without a key, a tool, or a printf of the shell's
# own it cannot, and who has more than 200 secrets in one text is not worth the time.
c_name_it() {
  c_name='***REDACTED***'
  [ "$c_value" != zebra_password ] || c_name='***REDACTED(default)***'
  c_hidden=$((c_hidden + 1))
  [ -n "$token_key" ] && [ "$c_name" = '***REDACTED***' ] && [ "$c_hidden" -le 200 ] || return 0
  if [ "$c_sum" = unknown ]; then
    c_sum=
    case $(command -v printf) in
      /*) ;;
      *)
        if command -v sha256sum
        then c_sum=sha256sum
        elif busybox sha256sum </dev/null
        then c_sum='busybox sha256sum'
        elif command -v openssl
        then c_sum='openssl dgst -sha256'
        fi >/dev/null 2>&1
        ;;
    esac
  fi
  [ -n "$c_sum" ] || return 0
  c_digest=$(printf '%s%s' "$token_key" "$c_value" | $c_sum)
  c_digest=${c_digest##*= }
  c_digest=${c_digest%"${c_digest#????????}"}
  case $c_digest in
    ????????) case $c_digest in *[!0-9a-f]*) ;; *) c_name="***REDACTED(len=${#c_value},sha8=$c_digest)***" ;; esac ;;
  esac
}

#:: section
# section NAME: what follows belongs to NAME.
section() {
  printf '### %s\n' "$*"
}

#:: first_file
# first_file A B…: the first that can be read, else the first with exit code 1.
first_file() {
  for c_file in "$@"; do
    if [ -r "$c_file" ]; then
      printf '%s\n' "$c_file"
      return 0
    fi
  done
  printf '%s\n' "$1"
  return 1
}

#:: probe
# probe NAME COMMAND…: its output below "### NAME", then "rc=N"; in one write, because several run at once. Ends as the command did.
probe() {
  c_name=$1
  shift
  c_text=$("$@" 2>&1)
  c_code=$?
  printf '### %s\n%src=%s\n' "$c_name" "${c_text:+$c_text$nl}" "$c_code"
  return "$c_code"
}

#:: c_guarded
# c_guarded SECONDS COMMAND…: end the command after SECONDS (exit code 143 then). Standard input goes through.
c_guarded() {
  exec 4<&0
  c_seconds=$1
  shift
  "$@" <&4 4<&- &
  c_child=$!
  (
    exec >/dev/null 2>&1 4<&-
    trap 'kill $!; exit' TERM
    sleep "$c_seconds" &
    wait $!
    kill "$c_child"
  ) &
  c_guard=$!
  exec 4<&-
  wait "$c_child"
  c_code=$?
  kill "$c_guard" 2>/dev/null
  wait "$c_guard" 2>/dev/null
  return "$c_code"
}
# c_network: net = the first tool that can speak TCP. bash first: it is one program with one behaviour, where there are six kinds of nc.
c_network() {
  net=none
  if command -v bash >/dev/null && ! bash -c ': 3<>/dev/tcp/127.0.0.1/none' 2>&1 | grep -q 'No such file'
  then net=bash
  elif command -v nc >/dev/null
  then net=nc
  elif command -v ncat >/dev/null
  then net=ncat
  elif busybox nc --help 2>&1 | grep -q 'PORT'
  then net='busybox nc'
  fi
}

#:: say
# say HOST PORT: standard input to a TCP port, what comes back to standard output, until the other side closes or says nothing for 2 s.
say() {
  c_network
  case $net in
    none)
      echo "no tool for TCP here: neither bash with /dev/tcp, nc, ncat nor busybox nc" >&2
      return 69
      ;;
    bash)
      c_guarded 6 bash -c '
        trap "" PIPE
        exec 3<>"/dev/tcp/$1/$2" || exit 1
        cat >&3
        wait=2 code=1
        while IFS= read -r -d "" -n 1 -t $wait byte <&3; do
          if [ -n "$byte" ]; then printf %s "$byte"; else printf "\\000"; fi
          wait=1 code=0
        done
        exit $code' bash "$1" "$2"
      ;;
    busybox*) c_guarded 4 $net -w 2 "$1" "$2" ;;
    *)
      # Some kinds of nc end with 1 when nobody closes, so that their words have to tell whether they got through.
      exec 5>&1
      c_text=$(c_guarded 4 $net -v -w 2 "$1" "$2" 2>&1 >&5 5>&-)
      c_code=$?
      exec 5>&-
      case $c_text in *') open'* | *succeeded* | *[Cc]onnected*) return 0 ;; esac
      [ -z "$c_text" ] || printf '%s\n' "$c_text" >&2
      return "$c_code"
      ;;
  esac
  c_code=$?
  case $net:$c_code in
    bash:143)
      echo "connect: timed out" >&2
      return 1
      ;;
    *:143) return 0 ;;
  esac
  return "$c_code"
}

#:: connect
# connect HOST PORT: open a TCP connection and close it; one line says what happened.
connect() {
  c_network
  c_host=${1#[}
  c_host=${c_host%]}
  case $net in
    none)
      echo "connect $1 $2 no_tool neither bash with /dev/tcp, nc, ncat nor busybox nc"
      return 69
      ;;
    bash) c_text=$(c_guarded 2 bash -c ': 3<>"/dev/tcp/$1/$2"' bash "$c_host" "$2" 2>&1 </dev/null) ;;
    busybox*) c_text=$(c_guarded 3 $net -w 2 "$c_host" "$2" -e true 2>&1 </dev/null) ;;
    *) c_text=$(c_guarded 3 $net -v -w 2 "$c_host" "$2" 2>&1 </dev/null) ;;
  esac
  c_code=$?
  case $net:$c_code:$c_text in
    bash:0:* | *:*[Cc]onnected* | *:*succeeded* | *:*') open'*) c_text=open ;;
    *refused*) c_text=refused ;;
    *unreachable* | *'o route to'*) c_text="unreachable ${c_text##*: }" ;;
    *'not known'* | *'not resolve'* | *'lookup fail'* | *'bad address'* | *'forward host'* | *'name resolution'* | *'ervname'*)
      c_text=unresolved ;;
    *'imed out'* | *TIMEOUT* | *:143:*) c_text=timeout ;;
    *:0:*) c_text=open ;;
    *:1:) c_text="timeout no word from $net" ;;
    *) c_text="unreachable ${c_text##*"$nl"}" ;;
  esac
  echo "connect $1 $2 $c_text"
}

#:: bgp_namespaces
# bgp_namespaces: the namespaces that the agent made for BGP, one a line.
bgp_namespaces() {
  for c_file in /var/run/netns/mbgp* /var/run/netns/bgp-*; do
    [ ! -e "$c_file" ] || printf '%s\n' "${c_file##*/}"
  done
}

#:: bgp_shell
# bgp_shell NAMESPACE 'show …': the routing daemon's answer. Nothing but show is ever sent.
bgp_shell() {
  case $2 in
    'show '*) ;;
    *)
      echo "bgp_shell only shows, it was given: $2" >&2
      return 64
      ;;
  esac
  c_name=${1%_ns}
  # FRR started with -N keeps its sockets in a directory of that name.
  for c_file in "/var/run/frr/$c_name" "/var/run/frr/$1"; do
    if [ -d "$c_file" ]; then
      ip netns exec "$1" vtysh -N "${c_file##*/}" -c "$2"
      return
    fi
  done
  ip netns exec "$1" vtysh -c "$2"
}

#:: c_rest
# c_rest METHOD PATH HEADER…: a request to the API that rest_login has found; the response with its status line and headers. What is secret
# goes through standard input: arguments can be read by everybody.
c_rest() {
  c_method=$1 c_path=$2
  shift 2
  if command -v curl >/dev/null; then
    {
      printf 'silent\nshow-error\ninclude\nhttp1.0\nmax-time = 10\nrequest = %s\nurl = "%s%s"\n' "$c_method" "$rest_url" "$c_path"
      for c_header in "$@"; do printf 'header = "%s"\n' "$c_header"; done
      [ "$c_method" = GET ] || printf 'header = "Content-Length: 0"\n'
    } | curl -K -
    return
  fi
  case $rest_url in
    http://*) c_host=${rest_url#http://} ;;
    *)
      echo "c_rest: there is no curl, and $rest_url is not plain HTTP" >&2
      return 69
      ;;
  esac
  c_base=/${c_host#*/}
  [ "/$c_host" != "$c_base" ] || c_base=
  c_host=${c_host%%/*}
  case $c_host in *:*[0-9]) ;; *) c_host=$c_host:80 ;; esac
  {
    printf '%s %s%s HTTP/1.0\r\nHost: %s\r\n' "$c_method" "$c_base" "$c_path" "$c_host"
    for c_header in "$@"; do printf '%s\r\n' "$c_header"; done
    [ "$c_method" = GET ] || printf 'Content-Length: 0\r\n'
    printf '\r\n'
  } | say "${c_host%:*}" "${c_host##*:}"
}

#:: rest_login
# rest_login: log in to the API that .midonetrc names; "### login" and the status line. Nothing of the file or the answer is printed.
rest_login() {
  c_file=$HOME/.midonetrc
  if [ ! -r "$c_file" ]; then
    echo "rest_login: $c_file cannot be read, which tells midonet-cli where the API is and who asks" >&2
    return 1
  fi
  rest_url=$(c_setting api_url)
  rest_url=${rest_url%/}
  case $rest_url in
    *[!A-Za-z0-9:/._~@%\[\]-]* | '')
      echo "rest_login: $c_file has no api_url that can be used" >&2
      return 1
      ;;
  esac
  c_text=$(printf '%s:%s' "$(c_setting username)" "$(c_setting password)" | base64 | tr -d '\n')
  c_text=$(c_rest POST /login "Authorization: Basic $c_text" "X-Auth-Project: $(c_setting project_id | tr -d '\\"')" 'Accept: */*')
  section login
  printf '%s\n' "${c_text%%"$nl"*}" | tr -d '\r'
  rest_token=$(printf '%s\n' "$c_text" | sed -n 's/.*"key"[[:blank:]]*:[[:blank:]]*"\([^"\\]*\)".*/\1/p')
  c_text=
  [ -n "$rest_token" ]
}
# c_setting NAME: a value of .midonetrc.
c_setting() {
  tr -d '\r' <"$c_file" | sed -n "/^[[:blank:]]*$1[[:blank:]]*[=:]/{s///; s/^[[:blank:]]*//; s/[[:blank:]]*\$//; p; }" | tail -n 1
}

#:: rest_get
# rest_get PATH TYPE…: an answer of the API below "### PATH": the status line, the type, and the body without the addresses of its links
# and without passwords.
# TYPE is what stands between "application/vnd.org.midonet." and "+json"; the first is wanted most.
rest_get() {
  c_accept=
  c_name=$1
  shift
  for c_text in "$@"; do c_accept="${c_accept}application/vnd.org.midonet.$c_text+json, "; done
  section "$c_name"
  c_rest GET "$c_name" "X-Auth-Token: $rest_token" "Accept: $c_accept*/*;q=0.1" | tr -d '\r' | sed '
    1,/^$/{
      /^HTTP/b
      /^[Cc]ontent-[Tt]ype/b
      /^$/b
      d
    }
    s#"https\{0,1\}://[^"]*"#""#g
    s#\("password" *: *"\)[^"\\]*\(\\.[^"\\]*\)*"#\1***REDACTED***"#g'
  echo
}

#:: rest_lean
# rest_lean: standard input, an answer of the API, without what is null and without links. Of a list of ports it is more than a half.
rest_lean() {
  sed '
    s/"[A-Za-z0-9]*" *: *null *, *//g
    s/"[A-Za-z0-9]*" *: *"" *, *//g
    s/, *"[A-Za-z0-9]*" *: *null//g
    s/, *"[A-Za-z0-9]*" *: *""//g'
}

#:: rest_ids
# rest_ids FIELD…: of the objects on standard input that have something in each field, the identities, one a line.
rest_ids() {
  awk -v RS='}' -v fields="$*" '
    BEGIN { n = split(fields, field, " ") }
    {
      for (i = 1; i <= n; i++) if ($0 !~ "\"" field[i] "\" *: *(\"[^\"]|[1-9])") next
      if (match($0, /"id" *: *"[0-9a-fA-F-]+"/)) {
        id = substr($0, RSTART, RLENGTH)
        sub(/^"id" *: *"/, "", id)
        sub(/"$/, "", id)
        print id
      }
    }'
}

#:: log_records
# log_records BYTES WORDS FILE…: of each log that can be read, below "### FILE", the newest records that are errors or warnings or hold
# one of the WORDS (an extended expression; may be empty), each with the first lines of its stack; BYTES of them at most. Only the last
# megabyte of a file is read ($log_bytes), and only records of the last $log_age_s seconds are kept when that is set; where that leaves
# something out, "### FILE from TIME" (or "from ?") tells since when the records are complete. Nothing of a file that does not exist:
# names may be patterns.
log_records() {
  c_bytes=$1 c_words=$2 c_text='' c_since=''
  shift 2
  if [ -n "$log_age_s" ]; then
    c_since=$(date -d "@$(($(date +%s) - log_age_s))" '+%Y-%m-%d %H:%M:%S') ||
      echo "log_records: this date cannot tell what time it was $log_age_s seconds ago" >&2
  fi
  for c_file in "$@"; do
    [ -e "$c_file" ] || continue
    c_text=1
    if [ ! -r "$c_file" ]; then
      echo "$c_file: Permission denied" >&2
      continue
    fi
    tail -c "${log_bytes:-1000000}" "$c_file" |
      awk -v file="$c_file" -v limit="${log_bytes:-1000000}" -v since="$c_since" -v budget="$c_bytes" -v words="$c_words" '
      function time(text) {
        if (!match(substr(text, 1, 200), /[0-9][0-9][0-9][0-9][-.\/][0-9][0-9][-.\/][0-9][0-9][ T][0-9][0-9]:[0-9][0-9]:[0-9][0-9]/)) return ""
        return substr(text, RSTART, RLENGTH)
      }
      function digits(text) { gsub(/[^0-9]/, "", text); return text "" }
      function keep(text, first) { n++; line[n] = text; start[n] = first }
      BEGIN { oldest = digits(since) }
      {
        size += length($0) + 1
        text = substr($0, 1, 1000)
        head = substr(text, 1, 90)
        if (head ~ /^(SEVERE|WARNING): /) { if (before != "") keep(before, 1); keep(text, before == ""); more = 1; wanted = 1 }
        else if (head ~ /^ ?([0-9][0-9]|INFO |WARN |ERROR|FATAL|DEBUG|TRACE|log4j:|[A-Z][a-z][a-z] [0-9 ][0-9]?, )/) {
          if (NR > 1 && !whole) { whole = NR; torn = n; from = time(text) }
          wanted = head ~ /(^|[ :\[])(ERROR|WARN|WARNING|FATAL|SEVERE)[] :]/ || (words != "" && text ~ words)
          if (wanted && oldest != "" && time(text) != "" && digits(time(text)) < oldest) wanted = 0
          more = 0
          if (wanted) keep(text, 1)
        }
        else if (wanted && more < 5) { more++; keep(text, 0) }
        before = head ~ /^[A-Z][a-z][a-z] [0-9][0-9]?, / ? text : ""
      }
      END {
        cut = size >= limit + 0
        # Of a line that was cut nobody knows what it was.
        first = cut ? (whole ? torn : n) : 0
        i = n
        while (i > first && (kept += length(line[i]) + 1) <= budget) i--
        left = i > first
        for (i++; i <= n && !start[i]; i++) ;
        if (left) from = i <= n ? time(line[i]) : "?"
        else if (!cut) from = since
        else if (from == "") from = "?"
        else if (oldest != "" && digits(from) < oldest) from = since
        printf "### %s%s\n", file, from == "" ? "" : " from " from
        for (; i <= n; i++) print line[i]
      }'
  done
  [ -n "$c_text" ] || echo "no log: $*" >&2
}

#:: zookeeper_port
# zookeeper_port: the port clients use, as configured, else 2181.
zookeeper_port() {
  for c_file in /etc/zookeeper/conf/zoo.cfg /etc/zookeeper/zoo.cfg /opt/zookeeper/conf/zoo.cfg; do
    [ -r "$c_file" ] || continue
    while read -r c_name || [ -n "$c_name" ]; do
      case $c_name in
        clientPort*=*)
          c_name=${c_name#*=}
          c_name=${c_name%"${c_name##*[0-9]}"}
          printf '%s\n' "${c_name#"${c_name%%[0-9]*}"}"
          return 0
          ;;
      esac
    done <"$c_file"
    break
  done
  echo 2181
}

#:: cassandra_address
# cassandra_address: where the native protocol listens, as configured, else 127.0.0.1.
cassandra_address() {
  for c_file in /etc/cassandra/cassandra.yaml /etc/cassandra/conf/cassandra.yaml; do
    [ -r "$c_file" ] || continue
    c_text=$(sed -n 's/^rpc_address:[[:space:]]*//p' "$c_file")
    c_text=${c_text%%[[:space:]#]*}
    c_text=${c_text#[\"\']}
    c_text=${c_text%[\"\']}
    case $c_text in
      '' | 0.0.0.0 | ::) break ;;
      *)
        printf '%s\n' "$c_text"
        return 0
        ;;
    esac
  done
  echo 127.0.0.1
}

#:: go_raw
{
  exec 3>&1 </dev/null 2>/dev/null
  c_main
  exit 0
}
#:: go_terminal
# Through a terminal nothing but letters survives.
{
  exec </dev/null 2>/dev/null
  if command -v base64 >/dev/null
  then
    c_mark base64
    { exec 3>&1; c_main; } | base64
  elif command -v od >/dev/null
  then
    c_mark hex
    { exec 3>&1; c_main; } | od -An -v -tx1
  else { exec 3>&1; c_main; } | cat
  fi
  c_mark plain
  exit 0
}
