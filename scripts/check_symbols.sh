#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# check_symbols.sh LIB [ROOT]: what the shared library exports has the prefix
# quiclb_ and is exactly what libquiclb.map lists and quiclb.h declares; above
# each declaration a comment names the function, says which threads may call it,
# and since which release.
set -eu

lib=$1
root=${2:-$(dirname "$0")/..}
map=$root/libquiclb/libquiclb.map
header=$root/include/quiclb/quiclb.h
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

command -v nm >/dev/null || { echo "no nm: skipped"; exit 77; }

# "T" and other types of definitions; "A" is the name of the version node
nm -D --defined-only "$lib" |
	awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort >"$dir/exported"

# "global:" opens the list of a node, "local:" closes it
awk '/global:/ { on = 1; next } /local:/ { on = 0 }
	on && /;/ { gsub(/[ \t;]/, ""); print }' "$map" | sort >"$dir/map"

# the first name with a bracket behind QUICLB_API, on its line or the next
awk '/^#/ { next } /^QUICLB_API/ { on = 1 }
	on && match($0, /quiclb_[a-z0-9_]+\(/) {
		print substr($0, RSTART, RLENGTH - 1); on = 0
	}' "$header" | sort >"$dir/header"

# names whose comment, the last one before, lacks something; "Everything else
# as" another function's stands for its threads
awk '/^\/\*\*/ { text = ""; open = 1 }
	open { line = $0; sub(/^ *\*/, "", line); text = text line }
	/\*\// { open = 0 }
	/^#/ { next } /^QUICLB_API/ { on = 1 }
	on && match($0, /quiclb_[a-z0-9_]+\(/) {
		name = substr($0, RSTART, RLENGTH - 1); on = 0
		if (!index(text, " " name "() - "))
			print name ": no comment of its own"
		else if (text !~ /Threads: |Everything else as quiclb_/)
			print name ": no \"Threads:\""
		else if (text !~ /Since: +[0-9]+\.[0-9]+\.[0-9]+\./)
			print name ": no \"Since:\" with a release"
		text = ""
	}' "$header" >"$dir/undocumented"

bad=0
if [ -s "$dir/undocumented" ]; then
	cat "$dir/undocumented"
	bad=1
fi
if grep -vn '^quiclb_' "$dir/exported"; then
	echo "$lib: exported without the prefix quiclb_"
	bad=1
fi
for other in map header; do
	comm -23 "$dir/exported" "$dir/$other" >"$dir/only"
	comm -13 "$dir/exported" "$dir/$other" >"$dir/missing"
	while read -r name; do
		echo "$lib exports $name, which the $other lacks"
		bad=1
	done <"$dir/only"
	while read -r name; do
		echo "the $other has $name, which $lib does not export"
		bad=1
	done <"$dir/missing"
done
if [ ! -s "$dir/exported" ]; then
	echo "$lib: exports nothing"
	bad=1
fi
[ "$bad" -eq 0 ] && echo "$(wc -l <"$dir/exported") symbols"
exit "$bad"
