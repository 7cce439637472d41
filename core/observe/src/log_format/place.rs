use super::piece::{Piece, Place};

/// Says of each variable where its value goes. A format is JSON if it is an object of JSON with a
/// string's part or a value in place of each variable; any other is text.
pub(super) fn place(pieces: &mut [Piece]) {
    let mut json = String::new();
    let mut string = InString::default();
    for piece in pieces.iter_mut() {
        match piece {
            Piece::Text(text) => {
                text.chars().for_each(|char| string.step(char));
                json.push_str(text);
            }
            Piece::Variable { place, .. } if string.inside => {
                *place = Place::JsonString;
                json.push('x');
            }
            Piece::Variable { place, .. } => {
                *place = Place::JsonValue;
                json.push_str("null");
            }
        }
    }
    if !serde_json::from_str(&json).is_ok_and(|value: serde_json::Value| value.is_object()) {
        for piece in pieces {
            if let Piece::Variable { place, .. } = piece {
                *place = Place::Text;
            }
        }
    }
}

/// Whether a text that may be JSON is within a string.
#[derive(Default)]
struct InString {
    inside: bool,
    escaped: bool,
}

impl InString {
    fn step(&mut self, char: char) {
        match char {
            _ if self.escaped => self.escaped = false,
            '\\' => self.escaped = self.inside,
            '"' => self.inside = !self.inside,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan;
    use super::*;

    fn places(format: &str) -> Vec<Place> {
        let mut pieces = scan::pieces(format).unwrap();
        place(&mut pieces);
        let places = pieces.into_iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Variable { place, .. } => Some(place),
        });
        places.collect()
    }

    #[test]
    fn what_is_json_and_what_is_text() {
        use Place::{JsonString, JsonValue, Text};
        let cases: [(&str, &[Place]); 13] = [
            (r#"{"a":"$context.stage","b":$context.status}"#, &[JsonString, JsonValue]),
            (
                r#" { "a": ["$context.stage $context.path", $context.status] } "#,
                &[JsonString, JsonString, JsonValue],
            ),
            (r#"{"$context.stage":1}"#, &[JsonString]),
            (r#"{"a":"\\$context.stage\"$context.path"}"#, &[JsonString, JsonString]),
            (r#"{"a":"\$context.stage"}"#, &[Text]),
            (r#"{"a":"\u00$context.stage"}"#, &[Text]),
            (r#"{"a":"\ud83d$context.stage"}"#, &[Text]),
            (r#"{"a":1$context.status}"#, &[Text]),
            (r#"{$context.stage:1}"#, &[Text]),
            (r#"{"a":"$context.stage",}"#, &[Text]),
            ("$context.status", &[Text]),
            ("[$context.requestTime]", &[Text]),
            (r#"{"a":$context.status} {"b":$context.status}"#, &[Text, Text]),
        ];
        for (format, expected) in cases {
            assert_eq!(places(format), expected, "{format}");
        }
    }
}
