//! Answers of the AWS query protocol: one value as XML.

use serde_json::Value;

use crate::Error;

/// The answer of an operation; `result` is an object, or null for one that gives nothing.
pub(crate) fn answer(operation: &str, namespace: &str, result: &Value, request_id: &str) -> String {
    let mut out = format!("<{operation}Response xmlns=\"{namespace}\">");
    if !result.is_null() {
        write(&mut out, &format!("{operation}Result"), result);
    }
    out.push_str("<ResponseMetadata>");
    text(&mut out, "RequestId", request_id);
    out.push_str(&format!("</ResponseMetadata></{operation}Response>\n"));
    out
}

/// The XML of a call that is refused, by the query protocol.
pub fn refusal(namespace: &str, code: &str, message: &str, request_id: &str) -> String {
    let mut out = format!("<ErrorResponse xmlns=\"{namespace}\"><Error>");
    text(&mut out, "Type", if code == "ServiceFailure" { "Receiver" } else { "Sender" });
    text(&mut out, "Code", code);
    text(&mut out, "Message", message);
    out.push_str("</Error>");
    text(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>\n");
    out
}

impl Error {
    /// The XML of this error.
    pub(crate) fn xml(&self, namespace: &str, request_id: &str) -> String {
        refusal(namespace, self.code.as_str(), &self.message, request_id)
    }
}

fn write(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Null => {}
        Value::String(value) => text(out, name, value),
        Value::Bool(_) | Value::Number(_) => text(out, name, &value.to_string()),
        Value::Array(elements) => {
            open(out, name);
            elements.iter().for_each(|element| write(out, "member", element));
            close(out, name);
        }
        Value::Object(members) => {
            open(out, name);
            members.iter().for_each(|(name, value)| write(out, name, value));
            close(out, name);
        }
    }
}

fn text(out: &mut String, name: &str, value: &str) {
    open(out, name);
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A parser would make a line feed of it (XML 1.0 section 2.11).
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    close(out, name);
}

fn open(out: &mut String, name: &str) {
    out.push('<');
    out.push_str(name);
    out.push('>');
}

fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_becomes_elements() {
        let value = json!({"Users": [{"Path": "/a&b/"}, {"Path": "/"}], "Tags": [], "Left": null,
                           "IsTruncated": false, "N": 5});
        assert_eq!(
            answer("ListUsers", "ns", &value, "id"),
            "<ListUsersResponse xmlns=\"ns\"><ListUsersResult><Users><member><Path>/a&amp;b/\
             </Path></member><member><Path>/</Path></member></Users><Tags></Tags><IsTruncated>\
             false</IsTruncated><N>5</N></ListUsersResult><ResponseMetadata><RequestId>id\
             </RequestId></ResponseMetadata></ListUsersResponse>\n"
        );
        assert!(!answer("DeleteUser", "ns", &Value::Null, "id").contains("Result>"));
    }
}
