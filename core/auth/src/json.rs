//! JSON as a token may hold it (RFC 8259), read strictly: one value and nothing behind it, no
//! member named twice at any depth (RFC 7515 section 4, RFC 7519 section 4: two readers of such
//! text may see two values), no half of a surrogate pair, depth and counts bounded. Numbers keep
//! their text, which events show as it stands.

use std::borrow::Cow;

use super::limits::{JSON_DEPTH_MAX, JSON_ITEMS_MAX};

/// A value; borrowed wherever nothing had to be unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value<'j> {
    Null,
    Bool(bool),
    Number(&'j str),
    Text(Cow<'j, str>),
    List(Vec<Self>),
    Object(Members<'j>),
}

impl Value<'_> {
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The members of an object, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Members<'j>(Vec<(Cow<'j, str>, Value<'j>)>);

impl<'j> Members<'j> {
    /// Reads text that is one object.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote nothing of it.
    pub(super) fn read(json: &'j [u8]) -> Result<Self, &'static str> {
        let text = str::from_utf8(json).map_err(|_| "JSON is not UTF-8")?;
        let mut reader = Reader(text);
        let value = reader.value(1)?;
        reader.skip_space();
        match value {
            _ if !reader.0.is_empty() => Err("something follows the JSON object"),
            Value::Object(members) => Ok(members),
            _ => Err("JSON is not an object"),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value<'j>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'j>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn check_unique(&self) -> Result<(), &'static str> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_ref()).collect();
        names.sort_unstable();
        let twice = names.windows(2).any(|pair| matches!(pair, [one, other] if one == other));
        if twice { Err("a JSON member is named twice") } else { Ok(()) }
    }
}

/// What is still to be read.
struct Reader<'j>(&'j str);

impl<'j> Reader<'j> {
    fn value(&mut self, depth: usize) -> Result<Value<'j>, &'static str> {
        self.skip_space();
        match self.0.as_bytes().first() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("true") => Ok(Value::Bool(true)),
            _ if self.take("false") => Ok(Value::Bool(false)),
            _ if self.take("null") => Ok(Value::Null),
            _ => Err("not JSON: a value was expected"),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value<'j>, &'static str> {
        self.open('{', depth)?;
        // As many as most tokens have, on the outside.
        let mut members = Members(Vec::with_capacity(if depth == 1 { 16 } else { 0 }));
        while !self.closes('}', members.0.len())? {
            let name = self.string()?;
            self.skip_space();
            if !self.take(":") {
                return Err("not JSON: a colon was expected");
            }
            let value = self.value(depth.saturating_add(1))?;
            members.0.push((name, value));
        }
        members.check_unique()?;
        Ok(Value::Object(members))
    }

    fn list(&mut self, depth: usize) -> Result<Value<'j>, &'static str> {
        self.open('[', depth)?;
        let mut values = Vec::new();
        while !self.closes(']', values.len())? {
            values.push(self.value(depth.saturating_add(1))?);
        }
        Ok(Value::List(values))
    }

    fn open(&mut self, bracket: char, depth: usize) -> Result<(), &'static str> {
        self.0 = self.0.strip_prefix(bracket).unwrap_or(self.0);
        if depth > JSON_DEPTH_MAX { Err("JSON is nested too deeply") } else { Ok(()) }
    }

    /// True behind the bracket that closes; otherwise the next of `count` items so far may follow.
    fn closes(&mut self, bracket: char, count: usize) -> Result<bool, &'static str> {
        self.skip_space();
        if let Some(rest) = self.0.strip_prefix(bracket) {
            self.0 = rest;
            return Ok(true);
        }
        if count >= JSON_ITEMS_MAX {
            return Err("a JSON object or array has too many items");
        }
        if count > 0 && !self.take(",") {
            return Err("not JSON: a comma was expected");
        }
        self.skip_space();
        Ok(false)
    }

    fn string(&mut self) -> Result<Cow<'j, str>, &'static str> {
        let unended = "not JSON: a string was expected, with its end";
        let mut rest = self.0.strip_prefix('"').ok_or(unended)?;
        let mut unescaped = String::new();
        loop {
            let at = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let (plain, end) = at.and_then(|at| rest.split_at_checked(at)).ok_or(unended)?;
            if let Some(after) = end.strip_prefix('"') {
                self.0 = after;
                if unescaped.is_empty() {
                    return Ok(Cow::Borrowed(plain));
                }
                unescaped.push_str(plain);
                return Ok(Cow::Owned(unescaped));
            }
            let escape = end.strip_prefix('\\').ok_or("a JSON string has a control character")?;
            let (char, after) = unescape(escape).ok_or("a JSON string has a wrong escape")?;
            unescaped.push_str(plain);
            unescaped.push(char);
            rest = after;
        }
    }

    fn number(&mut self) -> Result<Value<'j>, &'static str> {
        let is_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let len = self.0.bytes().position(|byte| !is_part(byte)).unwrap_or(self.0.len());
        let (number, rest) = self.0.split_at_checked(len).unwrap_or((self.0, ""));
        self.0 = rest;
        if is_number(number) { Ok(Value::Number(number)) } else { Err("not a JSON number") }
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.0.strip_prefix(word);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let count = self.0.as_bytes().iter().take_while(|byte| is_space(byte)).count();
        self.0 = self.0.get(count..).unwrap_or_default();
    }
}

/// RFC 8259 section 6.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((text, exponent)) => (text, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => (text, "0"),
    };
    let (integer, fraction) = text.split_once('.').unwrap_or((text, "0"));
    digits(integer)
        && (integer == "0" || !integer.starts_with('0'))
        && digits(fraction)
        && digits(exponent)
}

/// The character of the escape that `text` begins with, behind its backslash, and what follows.
fn unescape(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let char = match chars.next()? {
        char @ ('"' | '\\' | '/') => char,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => return unicode(chars.as_str()),
        _ => return None,
    };
    Some((char, chars.as_str()))
}

fn unicode(text: &str) -> Option<(char, &str)> {
    let (unit, rest) = code_unit(text)?;
    if let Some(char) = char::from_u32(u32::from(unit)) {
        return Some((char, rest));
    }
    let (low, rest) = code_unit(rest.strip_prefix("\\u")?)?;
    let char = char::decode_utf16([unit, low]).next()?.ok()?;
    Some((char, rest))
}

fn code_unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.split_at_checked(4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(digits, 16).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let json = br#" {"a":"x\n\u00e9\ud83d\ude00", "n" : -1.50e+3,"t":true,"f":false,"z":null,
            "l":[1,"b",[]],"o":{"":{}},"\u0062":"key"} "#;
        let members = Members::read(json).unwrap();
        assert_eq!(members.get("a"), Some(&Value::Text("x\né😀".into())));
        assert_eq!(members.get("n"), Some(&Value::Number("-1.50e+3")));
        assert_eq!(members.get("t"), Some(&Value::Bool(true)));
        assert_eq!(members.get("z"), Some(&Value::Null));
        assert_eq!(members.get("b").and_then(Value::text), Some("key"));
        let list = vec![Value::Number("1"), Value::Text("b".into()), Value::List(vec![])];
        assert_eq!(members.get("l"), Some(&Value::List(list)));
        assert_eq!(members.iter().count(), 8);
    }

    #[test]
    fn everything_else_is_refused() {
        let deep = format!("{}{}", r#"{"a":"#.repeat(9), "}".repeat(9));
        let many = format!("[{}1]", "1,".repeat(JSON_ITEMS_MAX));
        let list = format!(r#"{{"a":{many}}}"#);
        for json in [
            "",
            "[]",
            "1",
            "{",
            "{}}",
            "{} x",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"o":{"a":1,"b":1,"a":1}}"#,
            r#"{"a":[1,]}"#,
            r#"{"a":[,1]}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":-}"#,
            r#"{"a":1e}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e1e1}"#,
            r#"{"a":NaN}"#,
            r#"{"a":truex}"#,
            r#"{"a":"x}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\u+123"}"#,
            r#"{"a":"\ud800"}"#,
            r#"{"a":"\ud800\u0061"}"#,
            r#"{"a":"\udc00\ud800"}"#,
            "{\"a\":\"\n\"}",
            "{'a':1}",
            "{\"a\":1}\0",
            "\u{feff}{}",
            &deep,
            &list,
        ] {
            assert!(Members::read(json.as_bytes()).is_err(), "{json}");
        }
        assert!(Members::read(b"{\"a\":\"\xff\"}").is_err());
    }
}
