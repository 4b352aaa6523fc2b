nonce=00000000000000000000000000000000 key=09978456393f4219 soft=2700 token_key=
buffer=2178848
open='' close=''
c_sed_ini_secrets='y//??/
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Aa][Ss][Ss][Ww][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Aa][Ss][Ss][Pp][Hh][Rr][Aa][Ss][Ee][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Ss][Ee][Cc][Rr][Ee][Tt][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Ss][Kk][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Rr][Ii][Vv][Aa][Tt][Ee]_[Kk][Ee][Yy][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Rr][Ii][Vv][Aa][Tt][Ee][Kk][Ee][Yy][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Cc][Oo][Nn][Nn][Ee][Cc][Tt][Ii][Oo][Nn]_[Ss][Tt][Rr][Ii][Nn][Gg][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Cc][Oo][Mm][Mm][Uu][Nn][Ii][Tt][Yy][A-Za-z0-9_.-]*[\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Tt][Oo][Kk][Ee][Nn][\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Pp][Aa][Ss][Ss][\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Tt][Aa][Ss][Kk][Ss]_[Dd][Bb]_[Cc][Oo][Nn][Nn][Ee][Cc][Tt][Ii][Oo][Nn][\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s/^\([[:blank:]#;\"'\'']*[A-Za-z0-9_.-]*[Ss][Uu][Pp][Ee][Rr][Dd][Ii][Gg][Ee][Ss][Tt][\"'\'']\{0,1\}[[:blank:]]*[=:][[:blank:]]*\)\([^[:blank:]].*\)$/\1\2/
t
s#\(://[^/:@[:space:]]*:\)\([^@/[:space:]]*\)@#\1\2@#g'
c_sed_process_arguments='y//??/
s/\([A-Za-z0-9_.-]*[Pp][Aa][Ss][Ss][Ww][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Pp][Aa][Ss][Ss][Pp][Hh][Rr][Aa][Ss][Ee][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Ss][Ee][Cc][Rr][Ee][Tt][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Pp][Ss][Kk][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Cc][Rr][Ee][Dd][Ee][Nn][Tt][Ii][Aa][Ll][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Ss][Uu][Pp][Ee][Rr][Dd][Ii][Gg][Ee][Ss][Tt][A-Za-z0-9_.-]*=\)\([^[:space:]]*\)/\1\2/g
s/\([A-Za-z0-9_.-]*[Tt][Oo][Kk][Ee][Nn]=\)\([^[:space:]]*\)/\1\2/g
s/\(--[A-Za-z0-9-]*[Pp][Aa][Ss][Ss][Ww][A-Za-z0-9-]*[[:blank:]]\{1,\}\)\([^-[:space:]][^[:space:]]*\)/\1\2/g
s/\(--[A-Za-z0-9-]*[Pp][Aa][Ss][Ss][Pp][Hh][Rr][Aa][Ss][Ee][A-Za-z0-9-]*[[:blank:]]\{1,\}\)\([^-[:space:]][^[:space:]]*\)/\1\2/g
s/\(--[A-Za-z0-9-]*[Ss][Ee][Cc][Rr][Ee][Tt][A-Za-z0-9-]*[[:blank:]]\{1,\}\)\([^-[:space:]][^[:space:]]*\)/\1\2/g
s/\(--[A-Za-z0-9-]*[Tt][Oo][Kk][Ee][Nn][A-Za-z0-9-]*[[:blank:]]\{1,\}\)\([^-[:space:]][^[:space:]]*\)/\1\2/g
s#\(://[^/:@[:space:]]*:\)\([^@/[:space:]]*\)@#\1\2@#g'
c_0='uname -a
hostname
cat /proc/uptime
cat /etc/os-release /etc/redhat-release 2>/dev/null'
c_1='ip -s -s -d link show || ip link show'
c_2='ip addr show'
c_3='if command -v ip >/dev/null 2>&1
then ip -4 route show
else netstat -rn
fi || exit
section rules
! command -v ip >/dev/null 2>&1 || ip -4 rule show'
c_4='ip -4 neigh show'
c_5='places=-l
text=$(df -l -P -k)
if [ -z "$text" ]; then
  places=$(while read -r device mount type rest; do
    case $type in nfs* | cifs | smb* | fuse* | ceph | gluster* | 9p | afs | autofs | gfs* | ocfs*) continue ;; esac
    case $device:$type:$mount in
      *[][*?\\]*) ;;
      /*:*:* | *:tmpfs:* | *:overlay:*) printf '\''%s\n'\'' "$mount" ;;
    esac
  done </proc/mounts)
  text=$(df -P -k $places)
fi
printf '\''%s\n'\'' "$text"
section inodes
df -P -i $places'
c_6='cat /proc/modules
section modinfo
modinfo openvswitch
section builtin
grep -E '\''/(openvswitch|vxlan)\.ko'\'' "/lib/modules/$(uname -r)/modules.builtin"'
c_7='date '\''+%s %z %Z'\'''
c_8='section chronyc
command -v chronyc >/dev/null 2>&1 && chronyc -n tracking
section chronyc_sources
command -v chronyc >/dev/null 2>&1 && chronyc -n sources
section ntpq
command -v ntpq >/dev/null 2>&1 && ntpq -pn
section timedatectl
command -v timedatectl >/dev/null 2>&1 && timedatectl status'
c_9='asked=
if grep -q '\''^filter$'\'' /proc/net/ip_tables_names 2>/dev/null; then
  asked=yes
  if command -v iptables-legacy-save >/dev/null 2>&1
  then iptables-legacy-save -c -t filter
  elif command -v iptables-save >/dev/null 2>&1
  then iptables-save -c -t filter
  else iptables -t filter -L -n -v -x
  fi
fi
case $(iptables -V 2>/dev/null) in
  *nf_tables*)
    asked=yes
    iptables-save -c -t filter
    ;;
esac
[ "$asked" ] || echo '\''# table filter is not loaded'\''
section nft
if [ -e /proc/modules ] && [ ! -d /sys/module/nf_tables ] && ! grep -qs /nf_tables "/lib/modules/$(uname -r)/modules.builtin"
then echo '\''# nf_tables is not loaded'\''
elif command -v nft >/dev/null 2>&1
then nft -j list ruleset || nft list ruleset
fi'
c_10='if command -v ss >/dev/null 2>&1
then ss -tulpn
else netstat -tulpen
fi
for namespace in $(bgp_namespaces); do
  section "$namespace"
  if command -v ss >/dev/null 2>&1
  then ip netns exec "$namespace" ss -tulpn
  else ip netns exec "$namespace" netstat -tulpen
  fi
done'
c_11='grep -s -H . /proc/meminfo /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max \
  /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/*/rp_filter
section swapped
grep -s -H '\''^VmSwap:.*[1-9]'\'' /proc/[0-9]*/status
for bond in /proc/net/bonding/*; do
  [ -r "$bond" ] || continue
  section "bond ${bond##*/}"
  cat "$bond"
done'
c_12='grep -s -H -E '\''^(cpu|btime|procs_|Ip:|TcpExt:|[0-9])'\'' /proc/stat /proc/net/snmp /proc/net/netstat \
  /sys/class/net/*/carrier_changes'
c_13='command -v ethtool >/dev/null 2>&1 || exit 127
for link in /sys/class/net/*/device; do
  [ -e "$link" ] || continue
  link=${link%/device}
  ethtool "${link##*/}"
  ethtool -i "${link##*/}"
  ethtool -k "${link##*/}"
done'
c_14='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
section selinux
if [ -r /sys/fs/selinux/enforce ] || [ -r /selinux/enforce ]; then
  cat "$(first_file /sys/fs/selinux/enforce /selinux/enforce)"
  echo
else echo Disabled
fi
section apparmor
if [ -r /sys/module/apparmor/parameters/enabled ]
then cat /sys/module/apparmor/parameters/enabled /sys/kernel/security/apparmor/profiles
else echo N
fi
section audit
[ ! -r /var/log/audit/audit.log ] ||
  tail -c 2000000 /var/log/audit/audit.log | grep -E '\''type=AVC|apparmor="(DENIED|ALLOWED)"'\'' | tail -n 200'
c_15='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
cat /proc/uptime
dmesg | grep -i -E \
  -e '\''out of memory|watchdog|blocked for|lockup|stall|BUG:|kernel BUG|Oops|fault|panic|Hardware Error|Machine check|EDAC'\'' \
  -e '\''table full|overflow|flooding|[ :]link |read-only|I/O error|-fs error|XFS.*error|unstable|openvswitch|apparmor=|avc:'\'' |
  tail -n 400'
c_16='section "$(uname -n)"
getent hosts "$(uname -n)"
pattern='\''s/^[[:space:]]*(zookeeper_hosts|servers)[[:space:]]*[=:][[:space:]]*"?([^"]*)"?.*/\2/p'\''
for name in $(sed -n -E "$pattern" /etc/midolman/midolman.conf /etc/midonet/midonet.conf 2>/dev/null | tr '\'','\'' '\''\n'\'' |
  sed '\''s/:[0-9]*$//; s/[[:space:]]//g'\'' | grep -E '\''^[A-Za-z][A-Za-z0-9._-]*$'\'' | sort -u); do
  section "$name"
  getent hosts "$name"
done'
c_17='if command -v ss >/dev/null 2>&1
then ss -tnp state established
else netstat -tnp 2>/dev/null || netstat -tn
fi | grep -E '\'':2181([^0-9]|$)|java'\''
true'
c_18_A='mm-dpctl --timeout 5 --show-dp midonet'
c_18_B='mm-dpctl --timeout 5 datapath --show midonet'
c_18='c_either "$c_18_A" "$c_18_B"'
c_19='ps -e -o pid= -o ppid= -o etime= -o args= | grep -E '\''[m]idolman|[w]dog|[b]gpd|[q]emu|[Q]uorumPeerMain|[C]assandraDaemon|[C]lusterNode|[c]atalina|[o]vs-vswitchd'\'' | cut -c1-4000'
c_20='if command -v dpkg-query >/dev/null 2>&1
then dpkg-query -W -f '\''${Package} ${Version} ${db:Status-Abbrev}\n'\'' '\''midolman*'\'' '\''midonet*'\'' '\''python-midonetclient*'\''
else rpm -qa --qf '\''%{NAME} %{VERSION}-%{RELEASE} installed\n'\'' '\''midolman*'\'' '\''midonet*'\'' '\''python-midonetclient*'\''
fi'
c_21='for file in /etc/midolman/midolman.conf /etc/midonet/midonet.conf /etc/midolman/midolman-env.sh /etc/midolman/logback.xml; do
  [ -e "$file" ] || continue
  section "$file"
  cat "$file"
  echo
done'
c_22='command -v mn-conf >/dev/null 2>&1 || exit 127
which=default
for file in /etc/midonet_host_id.properties /etc/midolman/host_uuid.properties; do
  [ ! -s "$file" ] || which=local
done
section "$which"
if [ "$which" = local ]
then nice -n 10 mn-conf dump -h local
else nice -n 10 mn-conf dump -t default
fi | grep -v _description'
c_23='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
set --
for file in /etc/midonet_host_id.properties /etc/midolman/*.* /etc/midonet/midonet.conf /etc/midonet-cluster/*.* \
  /var/log/midolman/midolman.log /var/log/midolman/midolman.event.log /var/log/midolman/mm-trace.log \
  /var/log/midolman/upstart-stderr.log /var/log/midolman/minions*.log /var/log/midolman/minions/minions.log \
  /var/log/midolman/*.hprof /var/log/midolman/quagga.*/bgpd.log /var/log/quagga/bgpd*.log \
  /etc/quagga/*.conf /etc/quagga/daemons /etc/frr/*.conf /etc/frr/daemons \
  /etc/zookeeper/conf/zoo.cfg /etc/zookeeper/zoo.cfg /opt/zookeeper/conf/zoo.cfg /var/log/zookeeper/zookeeper*.log \
  /var/log/zookeeper/zookeeper*.out /etc/cassandra/*.* /etc/cassandra/conf/*.* /var/log/cassandra/*.log \
  /usr/share/midonet-api/WEB-INF/web.xml /usr/share/midonet-api/WEB-INF/classes/logback.xml /var/log/tomcat*/catalina.out \
  /var/log/tomcat*/midonet-api*.log /var/log/midonet-cluster/*.log /root/.midonetrc; do
  [ ! -e "$file" ] || set -- "$@" "$file"
done
[ $# -eq 0 ] || stat -L -c '\''%Y %s %a %U %n'\'' "$@"'
c_24='cat "$(first_file /etc/midonet_host_id.properties /etc/midolman/host_uuid.properties)"'
c_25='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
tail -n 200 /var/log/midolman/upstart-stderr.log'
c_26='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
log_records 60000 '\''event[.]agent[.]'\'' /var/log/midolman/midolman.log /var/log/midolman/midolman.event.log'
c_27='date '\''+%s %Y-%m-%d %H:%M:%S %z'\''
[ ! -s /var/log/midolman/midolman.metrics.log ] ||
  tail -c 400000 /var/log/midolman/midolman.metrics.log | grep -E '\''htbDrops|packetsOnHold|packetQueue'\'' | tail -n 60'
umask 077
LC_ALL=C LANG=C LANGUAGE=C TERM=dumb PATH="${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin"
export LC_ALL LANG LANGUAGE TERM PATH
unset ENV BASH_ENV CDPATH GREP_OPTIONS
nl='
'
c_now() {
if read -r t c_rest </proc/uptime
then t=${t%.*}${t#*.}
else t=$(date +%s)00
fi
}
c_mark() {
printf '\n==%s %s\n' "$nonce" "$*"
}
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
c_lane() {
exec 3>&1
lane=$1
read -r c_pid c_rest </proc/self/stat
echo "l $lane $c_pid" >&7
$2
}
c_ticker() {
trap 'kill $!; exit' TERM
exec >&7 3>&-
while sleep 1 & wait $!; do echo t; done
}
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
section() {
printf '### %s\n' "$*"
}
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
bgp_namespaces() {
for c_file in /var/run/netns/mbgp* /var/run/netns/bgp-*; do
[ ! -e "$c_file" ] || printf '%s\n' "${c_file##*/}"
done
}
log_records() {
c_bytes=$1 c_words=$2 c_text=
shift 2
for c_file in "$@"; do
[ -e "$c_file" ] || continue
c_text=1
if [ ! -r "$c_file" ]; then
echo "$c_file: Permission denied" >&2
continue
fi
printf '### %s\n' "$c_file"
tail -c 1000000 "$c_file" | awk -v budget="$c_bytes" -v words="$c_words" '
function keep(text, first) { n++; line[n] = text; start[n] = first }
{
text = substr($0, 1, 1000)
head = substr(text, 1, 90)
if (head ~ /^(SEVERE|WARNING): /) { if (before != "") keep(before, 1); keep(text, before == ""); more = 1; wanted = 1 }
else if (head ~ /^ ?([0-9][0-9]|INFO |WARN |ERROR|FATAL|DEBUG|TRACE|log4j:|[A-Z][a-z][a-z] [0-9 ][0-9]?, )/) {
wanted = head ~ /(^|[ :\[])(ERROR|WARN|WARNING|FATAL|SEVERE)[] :]/ || (words != "" && text ~ words)
more = 0
if (wanted) keep(text, 1)
}
else if (wanted && more < 5) { more++; keep(text, 0) }
before = head ~ /^[A-Z][a-z][a-z] [0-9][0-9]?, / ? text : ""
}
END {
i = n
while (i > 0 && (size += length(line[i]) + 1) <= budget) i--
for (i++; i <= n && !start[i]; i++) ;
for (; i <= n; i++) print line[i]
}'
done
[ -n "$c_text" ] || echo "no log: $*" >&2
}

c_serial() {
c_run 0 500 16385
c_run 1 500 1048577
c_run 2 500 524289
c_run 3 500 262145
c_run 4 500 262145
c_run 6 500 131073
c_run 7 500 1025
c_run 9 500 1048577
c_run 10 500 524289
c_run 11 500 524289
c_run 12 500 524289
c_run 17 500 131073
c_run 19 500 524289 'c_scrub "$c_sed_process_arguments"'
c_run 20 500 16385
c_run 21 500 65537 'c_scrub "$c_sed_ini_secrets$nl$c_sed_process_arguments"'
c_run 23 500 32769
c_run 24 500 4097
c_run 25 500 65537
c_run 27 500 32769
}
c_slow() {
c_run 5 500 65537
c_run 8 500 16385
c_run 13 500 262145
c_run 14 500 262145
c_run 15 500 131073
c_run 16 500 16385
c_run 18 1000 1048577
c_run 22 1000 65537 'c_scrub "$c_sed_ini_secrets"'
c_run 26 800 131073 'c_scrub "$c_sed_ini_secrets"'
}
{
exec 3>&1 </dev/null 2>/dev/null
c_main
exit 0
}
