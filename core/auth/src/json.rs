//! JSON of tokens, key sets and policies (RFC 8259), read strictly: one value and nothing behind
//! it, no member named twice at any depth (RFC 7515 section 4, RFC 7519 section 4: two readers of
//! such text may see two values, and of a policy two conditions), no half of a surrogate pair,
//! depth and counts bounded. Numbers keep their text, which events show as it stands.

use std::borrow::Cow;

/// What a text may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Objects and lists inside each other, the outermost counted.
    pub(crate) depth_max: usize,
    /// Members of one object, or elements of one list.
    pub(crate) items_max: usize,
}

/// Why a text is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JsonError<'j> {
    /// What is wrong, in words that quote nothing of it.
    pub(crate) message: &'static str,
    /// The member that an object has twice, if it is that.
    pub(crate) twice: Option<Cow<'j, str>>,
    /// How many bytes were read before it showed.
    pub(crate) at: usize,
}

/// A value; borrowed wherever nothing had to be unescaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'j> {
    Null,
    Bool(bool),
    Number(&'j str),
    Text(Cow<'j, str>),
    List(Vec<Self>),
    Object(Members<'j>),
}

impl<'j> Value<'j> {
    /// Reads text that is one value.
    ///
    /// # Errors
    /// What is wrong with it and where.
    pub(crate) fn read(json: &'j str, bounds: Bounds) -> Result<Self, JsonError<'j>> {
        let mut reader = Reader { rest: json, bounds, twice: None };
        reader.whole().map_err(|message| {
            let at = json.len().saturating_sub(reader.rest.len());
            JsonError { message, twice: reader.twice.take(), at }
        })
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The members of an object, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Members<'j>(Vec<(Cow<'j, str>, Value<'j>)>);

impl<'j> Members<'j> {
    /// Reads text that is one object.
    ///
    /// # Errors
    /// What is wrong with it, in words that quote nothing of it.
    pub(crate) fn read(json: &'j [u8], bounds: Bounds) -> Result<Self, &'static str> {
        let text = str::from_utf8(json).map_err(|_| "JSON is not UTF-8")?;
        match Value::read(text, bounds).map_err(|error| error.message)? {
            Value::Object(members) => Ok(members),
            _ => Err("JSON is not an object"),
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Value<'j>> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value<'j>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// A name that two members have.
    fn twice(&self) -> Option<&Cow<'j, str>> {
        let mut names: Vec<&Cow<'j, str>> = self.0.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.windows(2).find_map(|pair| match pair {
            [one, other] if one == other => Some(*one),
            _ => None,
        })
    }
}

struct Reader<'j> {
    /// What is still to be read.
    rest: &'j str,
    bounds: Bounds,
    /// Of an error.
    twice: Option<Cow<'j, str>>,
}

impl<'j> Reader<'j> {
    fn whole(&mut self) -> Result<Value<'j>, &'static str> {
        let value = self.value(1)?;
        self.skip_space();
        if self.rest.is_empty() { Ok(value) } else { Err("something follows the JSON value") }
    }

    fn value(&mut self, depth: usize) -> Result<Value<'j>, &'static str> {
        self.skip_space();
        match self.rest.as_bytes().first() {
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
        self.twice = members.twice().cloned();
        match self.twice {
            None => Ok(Value::Object(members)),
            Some(_) => Err("a JSON member is named twice"),
        }
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
        self.rest = self.rest.strip_prefix(bracket).unwrap_or(self.rest);
        if depth > self.bounds.depth_max { Err("JSON is nested too deeply") } else { Ok(()) }
    }

    /// True behind the bracket that closes; otherwise the next of `count` items so far may follow.
    fn closes(&mut self, bracket: char, count: usize) -> Result<bool, &'static str> {
        self.skip_space();
        if let Some(rest) = self.rest.strip_prefix(bracket) {
            self.rest = rest;
            return Ok(true);
        }
        if count >= self.bounds.items_max {
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
        let mut rest = self.rest.strip_prefix('"').ok_or(unended)?;
        let mut unescaped = String::new();
        loop {
            let at = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f));
            let (plain, end) = at.and_then(|at| rest.split_at_checked(at)).ok_or(unended)?;
            if let Some(after) = end.strip_prefix('"') {
                self.rest = after;
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
        let len = self.rest.bytes().position(|byte| !is_part(byte)).unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
        self.rest = rest;
        if is_number(number) { Ok(Value::Number(number)) } else { Err("not a JSON number") }
    }

    fn take(&mut self, word: &str) -> bool {
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn skip_space(&mut self) {
        let is_space = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        let count = self.rest.as_bytes().iter().take_while(|byte| is_space(byte)).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
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

    const BOUNDS: Bounds = Bounds { depth_max: 8, items_max: 512 };

    #[test]
    fn values_keep_their_text() {
        let json = br#" {"a":"x\n\u00e9\ud83d\ude00", "n" : -1.50e+3,"t":true,"f":false,"z":null,
            "l":[1,"b",[]],"o":{"":{}},"\u0062":"key"} "#;
        let members = Members::read(json, BOUNDS).unwrap();
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
        let many = format!("[{}1]", "1,".repeat(BOUNDS.items_max));
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
            assert!(Members::read(json.as_bytes(), BOUNDS).is_err(), "{json}");
        }
        assert!(Members::read(b"{\"a\":\"\xff\"}", BOUNDS).is_err());
    }
}
