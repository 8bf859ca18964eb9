// SPDX-License-Identifier: BSD-2-Clause

//! Turns src/lib.rs back into C and has a C compiler compare it with the
//! header: constants, layouts, and the types of functions.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;

const SOURCE: &str = include_str!("../src/lib.rs");

/// The C compiler, with the flags that find the header.
fn cc() -> Command {
    let program = env::var("PKG_CONFIG");
    let output = Command::new(program.as_deref().unwrap_or("pkg-config"))
        .args(["--cflags", "libquiclb"])
        .output()
        .expect("pkg-config");
    assert!(output.status.success());
    let flags = String::from_utf8(output.stdout).unwrap();
    let words = env::var("CC").unwrap_or_else(|_| "cc".into());
    let mut words = words.split_whitespace(); // such as ccache gcc
    let mut cc = Command::new(words.next().unwrap());
    cc.args(words);
    cc.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror"]);
    cc.args(flags.split_whitespace());
    cc
}

/// A C file in the directory that cargo has for tests.
fn c_file(name: &str, text: &str) -> String {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    fs::write(&path, text).unwrap();
    path
}

/// The C type of a Rust type.
fn c_type(rust: &str) -> String {
    let rust = rust.trim();
    if let Some(to) = rust.strip_prefix("*const ") {
        return format!("const {} *", c_type(to));
    }
    if let Some(to) = rust.strip_prefix("*mut ") {
        return format!("{} *", c_type(to));
    }
    if let Some(function) = rust.strip_prefix("Option<") {
        return format!("{} *", function.trim_end_matches('>'));
    }
    match rust {
        "c_char" => "char".into(),
        "c_int" => "int".into(),
        "c_uint" => "unsigned int".into(),
        "c_void" => "void".into(),
        "usize" => "size_t".into(),
        "i32" => "int32_t".into(),
        "u8" | "u32" | "u64" => format!("uint{}_t", &rust[1..]),
        name if name.starts_with("quiclb_") => format!("struct {name}"),
        other => panic!("no C type for {other}"),
    }
}

/// `a: T, b: [U; N]` as names and C types, arrays with their brackets.
fn c_members(list: &str) -> Vec<(String, String, String)> {
    let member = |text: &str| {
        let (name, rust) = text.split_once(':').unwrap();
        let name = name.trim().trim_start_matches("pub ").to_string();
        match rust.trim().strip_prefix('[') {
            Some(array) => {
                let (of, n) = array.split_once(';').unwrap();
                let n = n.trim().trim_end_matches(']');
                (name, c_type(of), format!("[{n}]"))
            }
            None => (name, c_type(rust), String::new()),
        }
    };
    let members = list.split(',').map(str::trim);
    members.filter(|text| !text.is_empty()).map(member).collect()
}

/// What stands behind `start`, up to `end`, of each declaration.
fn declarations(start: &str, end: &str) -> Vec<String> {
    let pieces = SOURCE.split(start).skip(1);
    let first = |piece: &str| piece.split(end).next().unwrap().to_string();
    pieces.map(first).collect()
}

/// `(a: T, b: U) -> R` as the C types of parameters and result.
fn c_signature(text: &str) -> (String, String) {
    let (parameters, result) = text.rsplit_once(')').unwrap();
    let types: Vec<String> =
        c_members(parameters).into_iter().map(|m| m.1).collect();
    let result = match result.trim().strip_prefix("->") {
        Some(rust) => c_type(rust),
        None => "void".into(),
    };
    let types = if types.is_empty() { "void".into() } else { types.join(", ") };
    (types, result)
}

fn c_constants() -> Vec<String> {
    let row = |text: String| {
        let (name, rest) = text.split_once(':').unwrap();
        let value = rest.split_once('=').unwrap().1;
        format!("_Static_assert({name} =={value}, \"{name}\");")
    };
    declarations("pub const ", ";").into_iter().map(row).collect()
}

/// A second struct of the same members, which must lie in the same places.
fn c_struct(text: &str) -> String {
    let (name, list) = text.split_once('{').unwrap();
    let name = name.trim();
    if list.contains("_opaque") {
        return format!("struct {name};\n");
    }
    let members = c_members(list);
    let member = |(member, kind, array): &(String, String, String)| {
        format!(" {kind} {member}{array};")
    };
    let check = |(member, _, _): &(String, String, String)| {
        format!(
            "_Static_assert(offsetof(struct {name}, {member}) == \
             offsetof(struct rust_{name}, {member}) && \
             __builtin_types_compatible_p(\
             __typeof__(((struct {name} *)0)->{member}), \
             __typeof__(((struct rust_{name} *)0)->{member})), \
             \"{name}.{member}\");\n"
        )
    };
    let list: String = members.iter().map(member).collect();
    let checks: String = members.iter().map(check).collect();
    format!(
        "struct rust_{name} {{{list} }};\n\
         _Static_assert(sizeof(struct {name}) == \
         sizeof(struct rust_{name}), \"{name}\");\n{checks}"
    )
}

/// A function type must be the one of that name in the header.
fn c_callback(text: &str) -> String {
    let (name, rest) = text.split_once('=').unwrap();
    let name = name.trim();
    let signature = rest.split_once("fn(").unwrap().1;
    let (parameters, result) = c_signature(signature);
    format!(
        "_Static_assert(__builtin_types_compatible_p({name}, \
         {result}({parameters})), \"{name}\");"
    )
}

/// A second declaration, which C refuses unless it is the same.
fn c_function(text: &str) -> String {
    let (name, signature) = text.split_once('(').unwrap();
    let (parameters, result) = c_signature(signature);
    format!("{result} {name}({parameters});")
}

#[test]
fn declarations_are_those_of_the_header() {
    let constants = c_constants();
    let structs = declarations("pub struct ", "\n}");
    let callbacks = declarations("pub type ", ";");
    let functions = declarations("    pub fn ", ";");
    assert!(constants.len() > 40 && structs.len() > 10);
    assert!(callbacks.len() > 2 && functions.len() > 40);
    let mut c = String::from(
        "#include <stddef.h>\n#include <stdint.h>\n\
         #include <quiclb/quiclb.h>\n",
    );
    c += &constants.join("\n");
    c += "\n";
    c.extend(structs.iter().map(|text| c_struct(text)));
    c.extend(callbacks.iter().map(|text| c_callback(text) + "\n"));
    c.extend(functions.iter().map(|text| c_function(text) + "\n"));
    let path = c_file("same.c", &c);
    let output = cc().args(["-fsyntax-only", &path]).output().expect("cc");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{errors}");
}

/// The identifier at the end of some text.
fn last_word(text: &str) -> &str {
    let is_other = |c: char| !c.is_alphanumeric() && c != '_';
    text.trim_end().rsplit(is_other).next().unwrap()
}

#[test]
fn nothing_of_the_header_is_missing() {
    let path = c_file("all.c", "#include <quiclb/quiclb.h>\n");
    let output = cc().args(["-E", "-P", &path]).output().expect("cc");
    let header = String::from_utf8(output.stdout).unwrap();
    let exported = "__attribute__((visibility(\"default\")))";
    let mut names = BTreeSet::new();
    for piece in header.split(exported).skip(1) {
        names.insert(last_word(piece.split('(').next().unwrap()));
    }
    let n_functions = names.len();
    for piece in header.split('=') {
        names.insert(last_word(piece));
    }
    names.retain(|name| {
        name.starts_with("quiclb_") || name.starts_with("QUICLB_ERR_")
    });
    assert!(n_functions > 40 && names.len() > n_functions + 30);
    for name in names {
        let declared = SOURCE.contains(&format!("pub fn {name}("))
            || SOURCE.contains(&format!("pub const {name}:"));
        assert!(declared, "{name} is in the header and not in src/lib.rs");
    }
}

#[test]
fn version_is_that_of_the_library() {
    let version =
        unsafe { std::ffi::CStr::from_ptr(quiclb_sys::quiclb_version()) };
    assert_eq!(version.to_str(), Ok(env!("CARGO_PKG_VERSION")));
}
