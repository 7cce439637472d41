use std::fmt::Write;

use serde_json::Value;

/// Writes a value as YAML, in blocks of two spaces. Texts are quoted whatever they say, as AWS
/// writes them: no reader takes `no`, `1.0` or `~` for something else.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(members) if !members.is_empty() => object(&mut out, members, 0),
        Value::Array(items) if !items.is_empty() => array(&mut out, items, 0),
        scalar => {
            inline(&mut out, scalar);
            out.push('\n');
        }
    }
    out
}

type Object = serde_json::Map<String, Value>;

fn object(out: &mut String, members: &Object, depth: usize) {
    for (at, (name, value)) in members.iter().enumerate() {
        // The first member of an object in a list stands on the line of its dash.
        if at > 0 || !out.ends_with("- ") {
            indent(out, depth);
        }
        key(out, name);
        out.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                out.push('\n');
                object(out, inner, depth + 1);
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                array(out, items, depth);
            }
            scalar => {
                out.push(' ');
                inline(out, scalar);
                out.push('\n');
            }
        }
    }
}

fn array(out: &mut String, items: &[Value], depth: usize) {
    for item in items {
        indent(out, depth);
        out.push_str("- ");
        match item {
            Value::Object(members) if !members.is_empty() => object(out, members, depth + 1),
            // A list in a list: nothing here writes one, and flow style is YAML too.
            other => {
                inline(out, other);
                out.push('\n');
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    (0..depth).for_each(|_| out.push_str("  "));
}

/// A value on one line.
fn inline(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => quoted(out, text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                inline(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at > 0 { ", " } else { "" });
                key(out, name);
                out.push_str(": ");
                inline(out, value);
            }
            out.push('}');
        }
    }
}

/// A name as it is where no reader can take it for anything else, else quoted.
fn key(out: &mut String, name: &str) {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"/$_.-".contains(&b);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '$');
    // Words of YAML 1.1 that its readers take for true, false or null.
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    let is_word = words.iter().any(|word| word.eq_ignore_ascii_case(name));
    if begins && name.bytes().all(legal) && !is_word {
        out.push_str(name);
    } else {
        quoted(out, name);
    }
}

/// YAML 1.2.2 section 5.7: what is not printable, or ends a line, is escaped.
fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            ' '..='~' => out.push(c),
            c if c.is_alphanumeric() => out.push(c),
            // Writing to a String cannot fail.
            c => drop(write!(out, "\\U{:08X}", u32::from(c))),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::write;

    #[test]
    fn blocks() {
        let value = json!({
            "a": { "b": [{ "c": 1, "d": [true, null] }, "x"], "e": {}, "f": [] },
            "/p/{x+}": [[1]],
            "no": "no",
        });
        let wanted = "a:\n  b:\n  - c: 1\n    d:\n    - true\n    - null\n  - \"x\"\n  e: {}\n  f: \
                      []\n\"/p/{x+}\":\n- [1]\n\"no\": \"no\"\n";
        assert_eq!(write(&value), wanted);
        assert_eq!(write(&json!({})), "{}\n");
    }

    #[test]
    fn texts() {
        let value = json!("a\"b\\c\n\té\u{2028}\u{feff}😀\u{7f}");
        let wanted = "\"a\\\"b\\\\c\\n\\U00000009é\\U00002028\\U0000FEFF\\U0001F600\\U0000007F\"\n";
        assert_eq!(write(&value), wanted);
    }
}
