# SPDX-License-Identifier: BSD-2-Clause
"""What the documents say is what the sources say.

test_docs.py [--fix]: with --fix, code blocks are first copied into the
documents from the files that they name.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap

ROOT = pathlib.Path(os.environ.get("QUICLB_SOURCE_ROOT",
                                   pathlib.Path(__file__).parents[2]))
sys.path.insert(0, str(ROOT / "tests/cli"))
import tap  # noqa: E402

T = tap.Tap()
MAN = ROOT / "docs/man"
GUIDES = [ROOT / "docs/api.md", ROOT / "docs/codecs.md",
          *sorted((ROOT / "docs/stacks").glob("*.md"))]
HEADER = (ROOT / "include/quiclb/quiclb.h").read_text()
WIRE = (ROOT / "include/quiclb/wire.h").read_text()
LIST = (ROOT / "include/quiclb/codec/list.h").read_text()


def same(got, want, what):
    """Two sets; says what each lacks."""
    missing, extra = sorted(set(want) - set(got)), sorted(set(got) - set(want))
    if missing or extra:
        raise AssertionError(f"{what}: missing {missing}, too many {extra}")


# ------------------------------------------------------------------ code --

BLOCK = re.compile(
    r"^```(?:c|cpp|rust|sh) ([\w./-]+)(?:#(\w+))?\n(.*?)^```$", re.M | re.S)


def region(name, part):
    """Lines of a file: all, or those from [part] to the next [end]."""
    text = (ROOT / name).read_text()
    if not part:
        return text
    lines = text.splitlines(keepends=True)
    begin = [n for n, line in enumerate(lines)
             if re.fullmatch(r"\s*(/\*|#) \[" + part + r"\](?: \*/)?\s*", line)]
    tap.equal(len(begin), 1, f"regions {name}#{part}")
    rest = lines[begin[0] + 1:]
    end = next(n for n, line in enumerate(rest) if "[end]" in line)
    return textwrap.dedent("".join(rest[:end]))


def fix_code():
    for path in GUIDES:
        path.write_text(BLOCK.sub(
            lambda m: m[0][:m.start(3) - m.start()] + region(m[1], m[2])
            + "```", path.read_text()))


def test_code():
    for path in GUIDES:
        text = path.read_text()
        blocks = BLOCK.findall(text)
        for name, part, code in blocks:
            with T.case(f"{path.name}_quotes_{name}_{part or 'all'}"):
                tap.equal(code, region(name, part), name)
        with T.case(f"{path.name}_quotes_all_of_its_c"):
            named = len([b for b in blocks
                         if b[0].endswith((".c", ".cc", ".h"))])
            tap.equal(len(re.findall(r"^```(?:c|cpp)\b", text, re.M)), named,
                      "blocks")
    with T.case("every_region_is_quoted"):
        quoted = {(name, part) for path in GUIDES
                  for name, part, _ in BLOCK.findall(path.read_text())}
        marked = {(str(path.relative_to(ROOT)), part)
                  for folder in ("hooks", "stacks")
                  for path in (ROOT / "examples" / folder).glob("*.*")
                  for part in re.findall(r"/\* \[(\w+)\] \*/", path.read_text())
                  if part != "end"}
        same({q for q in quoted if q[0].startswith("examples/")}, marked,
             "regions")


def anchor(heading):
    """The anchor that a heading gets."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_links():
    for path in GUIDES:
        with T.case(f"{path.name}_links_lead_somewhere"):
            for link in re.findall(r"\]\(([^)]+)\)", path.read_text()):
                name, _, part = link.partition("#")
                target = path.parent / name if name else path
                assert target.exists(), link
                if part:
                    heads = re.findall(r"^#+ (.*)$", target.read_text(), re.M)
                    assert part in map(anchor, heads), link


# -------------------------------------------------------------- man pages --

def symbols():
    text = (ROOT / "libquiclb/libquiclb.map").read_text()
    names = re.findall(r"^\s+(quiclb_\w+);", text, re.M)
    assert names
    return names


def flat(prototype):
    """White space where C needs it, and nowhere else."""
    text = re.sub(r"\s+", " ", prototype).strip()
    return re.sub(r" ?([(),*;]) ?", r"\1", text)


def header_prototypes():
    text = re.sub(r"/\*.*?\*/", " ", HEADER, flags=re.S)
    found = {}
    for match in re.finditer(r"QUICLB_API ([^;{}#]*?\b(quiclb_\w+)\([^;]*\));",
                             text):
        found[match[2]] = flat(match[1])
    for match in re.finditer(
            r"static inline (void\s+(quiclb_\w+_init)\([^{;]*\))\s*\{", text):
        found[match[2]] = flat(match[1])
    return found


def page_prototypes(page):
    """From .Ft, .Fo, .Fa and .Fc in the synopsis."""
    text = section(page, "SYNOPSIS")
    found = {}
    for kind, name, args in re.findall(
            r"^\.Ft (.*)\n\.Fo (\w+)\n((?:\.Fa .*\n)+)\.Fc$", text, re.M):
        args = [a.strip('"') for a in re.findall(r"^\.Fa (.*)$", args, re.M)]
        found[name] = flat(f"{kind.strip(chr(34))} {name}({', '.join(args)})")
    return found


def section(page, title):
    text = (MAN / page).read_text()
    match = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)
    assert match, f"{page}: no {title}"
    return match[1]


def test_functions():
    pages = sorted(p.name for p in MAN.glob("*.3") if p.name != "quiclb.3")
    want = header_prototypes()
    with T.case("header_declares_what_the_map_exports"):
        same([n for n in want if not n.endswith("_init")], symbols(), "names")
    with T.case("quiclb_3_names_every_function"):
        same(re.findall(r"^\.It Fn (\w+)$", (MAN / "quiclb.3").read_text(),
                        re.M), want, "functions")
    got = {}
    for page in pages:
        got[page] = page_prototypes(page)
    with T.case("each_function_has_one_page"):
        same([n for page in pages for n in got[page]], want, "functions")
        tap.equal(sum(map(len, got.values())), len(want), "prototypes")
    for page in pages:
        with T.case(f"{page}_has_the_prototypes_of_the_header"):
            for name, text in got[page].items():
                tap.equal(text, want[name], name)
        with T.case(f"{page}_describes_each_of_its_functions"):
            text = section(page, "DESCRIPTION")
            for name in got[page]:
                assert re.search(rf"^\.(Fn|It Fn) {name}\b", text, re.M), name
        with T.case(f"{page}_names_each_of_its_functions"):
            same(re.findall(r"^\.Nm (\w+)(?: ,)?$", section(page, "NAME"),
                            re.M), got[page], "names")
    with T.case("each_function_has_a_link_to_its_page"):
        build = (MAN / "meson.build").read_text()
        for page in pages:
            match = re.search(rf"'{re.escape(page)}': \[(.*?)\]", build, re.S)
            assert match, page
            same(re.findall(r"'(\w+)'", match[1]), got[page], page)


def errors():
    rows = re.search(r"define QUICLB_ERROR_LIST\(ROW\)(.*?)\nenum", WIRE, re.S)
    text = rows[1].replace("\\\n", " ")
    found = {}
    for name, number, strings in re.findall(
            r'ROW\((\w+), (-\d+),((?:\s*"[^"]*")+)\)', text):
        found["QUICLB_ERR_" + name] = (
            number, "".join(re.findall(r'"([^"]*)"', strings)))
    assert len(found) > 30
    return found


def test_errors():
    with T.case("quiclb_strerror_3_has_every_error"):
        rows = re.findall(
            r"^\.It Dv (\w+) Ta (-\d+) Ta (.*)$",
            (MAN / "quiclb_strerror.3").read_text(), re.M)
        tap.equal({r[0]: (r[1], r[2]) for r in rows}, errors(), "errors")
    known = errors()
    for page in sorted(MAN.glob("*.[1-8]")) + GUIDES:
        with T.case(f"{page.name}_names_no_other_error"):
            for name in re.findall(r"QUICLB_ERR_\w+", page.read_text()):
                assert name in known, name


def test_lint():
    """Style is left out: it asks about the manuals of this machine."""
    for page in sorted(MAN.glob("*.[1-8]")):
        with T.case(f"{page.name}_is_clean_mdoc"):
            if not shutil.which("mandoc"):
                raise tap.Skip("no mandoc")
            run = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page],
                                 capture_output=True, text=True, check=False)
            tap.equal((run.returncode, run.stdout), (0, ""), "mandoc")


def codecs():
    rows = re.findall(
        r'ROW\((\w+), (\w+), (\d+), "([^"]+)", ([01]), (\w+)\)', LIST)
    assert len(rows) >= 14
    return rows


BITS = {"DRAFT3": "3", "DRAFT2": "2", "VERSION": "2", "RANDOM": "0",
        "BARE": "0"}


def test_codecs():
    want = [(name, number, "yes" if keyed == "1" else "no", BITS[family])
            for _, _, number, name, keyed, family in codecs()]
    with T.case("quiclb_7_has_every_codec"):
        rows = re.findall(r"^\.It Cm (\S+) Ta (\d+) Ta (yes|no) Ta (\d)",
                          (MAN / "quiclb.7").read_text(), re.M)
        tap.equal(rows, want, "codecs")
    with T.case("codecs_md_has_every_codec"):
        text = (ROOT / "docs/codecs.md").read_text()
        rows = re.findall(r"^\| \[`([\w-]+)`\]\(#[\w-]+\) \| (\d+) \| (yes|no) "
                          r"\| (\d)", text, re.M)
        tap.equal(rows, want, "codecs")
        for _, _, _, name, _, _ in codecs():
            assert re.search(rf"^### {name}$", text, re.M), name
    with T.case("presets_are_those_of_the_list"):
        want = re.findall(r'PRESET\("([^"]+)", (\w+), (\d+), (\d+), (\d+), '
                          r'([01]), (\d+)\)', LIST)
        assert want
        text = (ROOT / "docs/codecs.md").read_text()
        rows = re.findall(r"^\| `([\w-]+)` \| `([\w-]+)` \| (\d+) \| (\d+) \| "
                          r"(\d+) \| ([01]) \| (\d+) \|", text, re.M)
        names = {upper: name for upper, _, _, name, _, _ in codecs()}
        tap.equal(rows, [(r[0], names[r[1]]) + r[2:] for r in want], "presets")


def test_yang():
    """A table row for each leaf, by its name."""
    text = (ROOT / "yang/quiclb.yang").read_text()
    text = re.sub(r'"[^"]*"|//.*|/\*.*?\*/', "", text, flags=re.S)
    leaves = set(re.findall(r"\bleaf(?:-list)? ([\w-]+)\s*\{", text))
    lists = set(re.findall(r"\b(?:list|container) ([\w-]+)\s*\{", text))
    assert leaves and lists
    page = (MAN / "quiclb.5").read_text()
    with T.case("quiclb_5_has_every_leaf"):
        same(re.findall(r"^\.It Cm (\S+)(?: Ta .*)?$", page, re.M), leaves,
             "leaves")
    with T.case("quiclb_5_has_every_list"):
        for name in lists:
            assert name in page, name


def test_release():
    with T.case("news_begins_with_this_version"):
        text = (ROOT / "include/quiclb/version.h").read_text()
        version = ".".join(re.findall(r"VERSION_[MP]\w+ (\d+)", text))
        first = (ROOT / "NEWS.md").read_text().splitlines()[0]
        tap.equal(first, "# " + version, "first line")
    with T.case("news_and_map_agree_on_the_abi_of_maps"):
        abi = re.search(r"define QUICLB_MAP_ABI (\d+)",
                        (ROOT / "bpf/abi.h").read_text())[1]
        assert f"map ABI {abi}" in (ROOT / "NEWS.md").read_text(), abi


def main():
    if "--fix" in sys.argv[1:]:
        fix_code()
    for test in (test_code, test_links, test_functions, test_errors,
                 test_lint, test_codecs, test_yang, test_release):
        test()
    T.finish()


main()
