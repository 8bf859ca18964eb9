#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_rooms.sh [ROOT]: which room may include what.  Prints FILE:LINE, the
# include and the rule for each one that is in the wrong room.
set -eu

cd "${1:-$(dirname "$0")/..}"
bad=0
files=0

# libc without anything that opens, prints or sends
quiet='<(assert|errno|inttypes|limits|pthread|stdalign|stdatomic|stdbool'
quiet="$quiet|stddef|stdint|stdlib|string|strings|time|unistd|sys/mman)[.]h>"
# all of libc, and of POSIX
libc='<((arpa|net|netinet|sys)/[a-z_]+|[a-z]+)[.]h>'
public='<quiclb/(quiclb|wire|version)[.]h>'
shared='<quiclb/(wire|decode|packet|aes|codec/[a-z_]+)[.]h>'
config='["<]config/(change|deployment|hex|key_file|layout)[.]h[">]'
steer='"steer/quicsteer[.]h"'

# own FOLDER: its headers, from beside them or from the root
own() {
	printf '"(%s/)?[a-z0-9_]+([.]skel)?[.]h"' "$1"
}

# room RULE ALLOWED FILE...: the #include lines of the files match ALLOWED, an
# extended regular expression that the whole of <...> or "..." must match.
room() {
	rule=$1
	allowed=$2
	shift 2
	for file in "$@"; do
		[ -f "$file" ] || continue
		files=$((files + 1))
		awk -v rule="$rule" -v allowed="^($allowed)\$" '
			/^[ \t]*#[ \t]*include/ {
				what = $0
				sub(/^[ \t]*#[ \t]*include[ \t]*/, "", what)
				if (!match(what, /^(<[^>]*>|"[^"]*")/)) {
					what = what " "
					RSTART = 1
					RLENGTH = index(what, " ") - 1
				}
				what = substr(what, RSTART, RLENGTH)
				if (what ~ allowed)
					next
				print FILENAME ":" FNR ": " what ": " rule
				found = 1
			}
			END { exit found }' "$file" || bad=1
	done
}

# Where a file has a rule of its own it is named before its folder, and the
# folder's list leaves it out.
for file in include/quiclb/codec/*.h; do
	case $file in
	*/list.h) room 'the list includes codecs' \
		'"[a-z0-9_]+[.]h"|<quiclb/codec/extra[.]h>' "$file" ;;
	*) room 'a codec includes wire.h, or another codec it resembles' \
		'"(\.\./wire|[a-z0-9_]+)[.]h"' "$file" ;;
	esac
done
for file in include/quiclb/*.h; do
	case $file in
	*/version.h) room 'version.h includes nothing' 'nothing' "$file" ;;
	*/quiclb.h) room 'quiclb.h includes freestanding C, string.h and wire.h' \
		'<(stddef|stdint|string)[.]h>|"(wire|version|codec/list)[.]h"' \
		"$file" ;;
	*/native.h) room 'native.h includes SHARED headers and those of a CPU' \
		'"(decode|x86|armv8)[.]h"' "$file" ;;
	*/x86.h | */armv8.h) room 'only x86.h and armv8.h know the CPU' \
		'<immintrin[.]h>|"(aes|codec/common)[.]h"' "$file" ;;
	*) room 'SHARED headers include stdint.h or linux/types.h only' \
		'<(stdint|linux/types)[.]h>|"(wire|aes|codec/list)[.]h"' \
		"$file" ;;
	esac
done

room 'only x86/ and arm/ know the CPU' \
	"<(cpuid|[a-z]mmintrin|sys/auxv)[.]h>|$quiet|\"(\.\./)?[a-z_]+[.]h\"" \
	libquiclb/x86/*.[ch] libquiclb/arm/*.[ch]
room 'the library includes libc, libcrypto and its own headers; no I/O' \
	"$quiet|<openssl/[a-z_]+[.]h>|<quiclb/.*>|$(own libquiclb)" \
	libquiclb/*.[ch]

room 'bpf/ includes linux/, bpf helpers and SHARED headers' \
	"<linux/.*>|<bpf/bpf_[a-z_]+[.]h>|$shared|$(own bpf)" \
	bpf/*.[ch]

room 'config/ includes libc, libyang and quiclb.h; no kernel' \
	"$libc|<libyang/libyang[.]h>|$public|<quiclb/decode[.]h>|$(own config)" \
	config/*.[ch]

kernel='<linux/.*>|<bpf/(bpf|btf|libbpf)[.]h>|<libmnl/libmnl[.]h>'
room 'steer/ includes libbpf, libmnl, config/ headers and quiclb.h' \
	"$libc|$kernel|$public|$config|\"bpf/abi[.]h\"|$(own steer)" \
	steer/*.[ch]

# keygen asks libcrypto for random bytes, inspect shows what the parser sees,
# bench prints what bench/cid measures
more='<openssl/rand[.]h>|<quiclb/(decode|packet)[.]h>|"bench/cid/bench[.]h"'
room 'tools/ include libc, steer, config and public headers; no kernel' \
	"$libc|$more|$public|$config|$steer|$(own tools)" \
	tools/*.[ch]

for file in bindings/*/*.[ch]; do
	room 'bindings include quiclb.h and what cgo makes' \
		"$quiet|$public|$(own bindings)|\"_cgo_export[.]h\"" "$file"
done

room 'the textbook shares nothing with the library' \
	'<openssl/[a-z]+[.]h>|<(stddef|stdint|stdlib|string)[.]h>|"textbook(_private)?[.]h"' \
	tests/textbook/*.[ch]

if [ "$files" -eq 0 ]; then
	echo "no files in $(pwd)"
	bad=1
fi
[ "$bad" -eq 0 ] && echo "$files files, every include in its room"
exit "$bad"
