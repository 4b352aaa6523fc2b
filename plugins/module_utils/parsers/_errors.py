# Copyright (c) the MidoNet diagnostics authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a tool, the shell, the kernel or a virtual machine says instead of the tool's output. PRIVATE to the collection: may change without
notice.

Only asked about a text in which a parser found nothing of the tool's own.
"""

from __future__ import annotations

import re
from typing import Optional, Sequence

# strerror() of Linux, and what shells say of a command that there is none of. A host's LANG is nobody's choice: the commands are run with
# LC_ALL=C, but a record may hold what a person's shell printed.
_REASONS = (
    # English
    "No such file or directory|Permission denied|Operation not permitted|Input/output error|Connection refused|Connection timed out"
    "|Connection reset by peer|No route to host|Network is unreachable|Host is down|Cannot allocate memory|No space left on device"
    "|Read-only file system|Too many open files|Resource temporarily unavailable|Device or resource busy|Exec format error"
    "|Function not implemented|Operation not supported|Protocol not (?:supported|available)|Invalid argument|No such device|No such process"
    "|Transport endpoint is not connected|Stale file handle|Is a directory|Not a directory|Broken pipe|Interrupted system call"
    "|Address already in use|Cannot assign requested address|Name or service not known|Temporary failure in name resolution"
    "|Unknown host|No address associated with hostname|Inappropriate ioctl for device|cannot execute(?: binary file)?"
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish
    "|Datei oder Verzeichnis nicht gefunden|Keine Berechtigung|(?:Die Operation|Vorgang) ist? ?nicht (?:erlaubt|zulässig)"
    "|Verbindungsaufbau abgelehnt|(?:Kommando|Befehl) nicht gefunden|Das Netzwerk ist nicht erreichbar|Keine Route zum Zielrechner"
    "|Aucun fichier ou dossier de (?:ce type|ce nom)|Permission non accordée|Permission refusée|Opération non permise|Connexion refusée"
    "|commande introuvable|Le réseau n'est pas accessible"
    "|No existe el (?:archivo|fichero) o el directorio|Permiso denegado|Operación no permitida|Conexión rehusada|orden no encontrada"
    "|File o directory non esistente|Permesso negato|Operazione non (?:permessa|consentita)|Connessione rifiutata|comando non trovato"
    "|Arquivo ou diretório (?:inexistente|não encontrado)|Permissão negada|Operação não permitida|Conexão recusada|comando não encontrado"
    "|Bestand of map bestaat niet|Toegang geweigerd|opdracht niet gevonden"
    "|Nie ma takiego pliku ani katalogu|Brak dostępu|nie znaleziono polecenia"
    # Russian, Japanese, Chinese, Korean
    "|Нет такого файла или каталога|Отказано в доступе|Операция не позвол\\w+|В соединении отказано|команда не найдена"
    "|そのようなファイルやディレクトリはありません|許可がありません|許可されていない操作です|接続を拒否されました|コマンドが見つかりません"
    "|没有那个文件或目录|权限不够|不允许的操作|拒绝连接|连接被拒绝|未找到命令|命令未找到|沒有此一檔案或目錄|拒絕不符權限的操作|命令找不到|找不到指令"
    "|그런 파일이나 디렉터리가 없습니다|허가 거부|명령어?를 찾을 수 (?:없음|없습니다)"
)
# Programs that prefix their complaints with their name, whatever the language of the rest.
_PROGRAMS = (
    "(?:ba|da|a|k|z|tc|c)?sh|sudo|su|doas|env|timeout|nice|nohup|setsid|nsenter|unshare|chroot|ssh|docker|lxc-attach|cat|tac|ls|grep|sed|awk|gawk"
    "|mawk|head|tail|wc|sort|find|stat|test|readlink|echo|printf|id|hostname|uname|date|uptime|nc|ncat|netcat|telnet|curl|wget|openssl"
    "|modprobe|modinfo|lsmod|sysctl|dmesg|journalctl|systemctl|service|timedatectl|chronyc|ntpq|ntpstat|ntpdc|ip|ss|netstat|route|ifconfig|arp"
    "|bridge|brctl|ethtool|tc|nstat|lnstat|conntrack|iptables|ip6tables|nft|ebtables|arptables|ping|ping6|arping|tracepath6?|traceroute"
    "|ps|top|df|du|free|lsof|pgrep|pidof|getent|dpkg-query|dpkg|rpm|apt|yum|getenforce|sestatus|ausearch|aa-status|apparmor_status|vtysh"
    "|mm-dpctl|mm-ctl|mm-trace|mm-meter|mn-conf|midonet-cli|midolman|nodetool|cqlsh|cassandra|zkCli|zkServer|java|python[0-9.]*|perl|ruby"
    "|ovs-dpctl|ovs-vsctl|ovs-appctl|ovs-ofctl"
)
_COMPLAINTS = re.compile(
    r"(?:"
    rf"(?i:-?(?:/[\w./+-]{{0,200}}/)?(?:{_PROGRAMS})(?:-(?:legacy|nft)|\.sh)?(?:-(?:save|restore))?(?: v[0-9][\w.()/ -]{{0,40}})?: .*)"
    rf"|(?:.*[:：(\u2018'\"«] ?)?(?i:{_REASONS})[.。)]?(?: .*)?"
    r"|.*: (?:command )?not found\.?|.*: inaccessible or not found|.*: applet not found|(?:z?sh:[0-9]+: )?command not found: .*"
    # iproute2
    r"|RTNETLINK answers: .*|Dump (?:terminated|was interrupted).*"
    r"|Device \".*\" does not exist.*|Cannot find device .*|(?:Object|Command|Option) \".*\" is unknown, try .*"
    r"|Command line is not complete\..*|Command \"?.*\"? is unknown.*|Garbage instead of arguments.*|Not enough information: .*"
    # usage, of all kinds
    r"|(?i:usage|aufruf|verwendung|utilisation|uso|syntaxe?|использование|użycie|gebruik) ?: .*|使い方[:：].*|使用法[:：].*|用法[:：].*"
    r"|BusyBox v.* multi-call binary.*|.*: (?:unrecognized|invalid|illegal|unknown) option.*|.*: option .* requires an argument.*"
    r"|.*: bad usage.*|Try [`'\u2018].* --?help['\u2019].*"
    # general
    r"|(?i:error|fatal|fehler|erreur|errore|erro|ошибка|エラー|错误|錯誤)(?: [\w ]{1,40})?(?:: |:$|：|!).*"
    r"|(?:Failed|Unable|Could not|Couldn't|Can't|Cannot|could not|can't|cannot|failed|unable) (?:to )?\S.*"
    r"|.*\b(?:must|should|have to|need to|can only) be (?:\w+ ){0,3}(?:root|superuser|administrator)\b.*|Only root .*|Exiting: .*"
    r"|(?:Segmentation fault|Bus error|Illegal instruction|Aborted|Killed|Terminated|Alarm clock|Hangup)(?: \(core dumped\))?"
    # time daemons
    r"|5[01][0-9] [A-Z].*|.*timed out, nothing received|\*\*\*.*|No association ID's returned.*|System has not been booted with systemd.*"
    # the Java virtual machine and Python
    r"|Exception in thread \".*|(?:[a-z][\w$]*\.){1,12}[A-Z][\w$]*(?:Exception|Error)\b.*|Error occurred during initialization of VM"
    r"|Unrecognized (?:VM )?option.*|#  ?(?:A fatal error has been detected|There is insufficient memory).*|(?:Caused|Wrapped) by: .*"
    r"|Traceback \(most recent call last\):|[A-Z]\w{0,60}(?:Error|Exception|Warning): .*|Fatal Python error: .*"
    # others
    r"|internal:0:0-0: Error: .*|# .*: cannot open: .*|dpkg-query: .*|no packages found matching .*"
    r")"
)
# What comes before the complaint and is none.
_CHATTER = re.compile(
    r"(?:bash|sh|-bash|perl|locale|/\S+): warning: .*|Picked up \w+: .*|.*VM warning: .*|WARNING: .*|WARN .*|stdin: is not a tty|mesg: .*"
    r"|sudo: unable to resolve host .*|SLF4J: .*|log4j:WARN .*|\s*|rc=[0-9]+"
)
_LONGEST = 300
_MOST_LINES = 40
TRACEBACK = "Traceback (most recent call last):"


def complaint(text: str, prefixes: Sequence[str] = ()) -> Optional[str]:
    """The line that tells what went wrong, when the first line that says something is a complaint and not output; else None.

    Of Python's traceback this is the last line, of Java's stack the first. At most 300 characters.

    prefixes  more beginnings of complaints that only this tool has
    """
    said = [line.strip()[:_LONGEST] for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]]
    said = [line for line in said if not _CHATTER.fullmatch(line)]
    if not said:
        return None
    if said[0] == TRACEBACK:
        return next((line for line in reversed(said) if re.match(r"[A-Za-z_][\w.]*(?:: |$)", line)), said[0])
    return said[0] if _COMPLAINTS.fullmatch(said[0]) or said[0].startswith(tuple(prefixes)) else None
