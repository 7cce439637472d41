//! A mapping template made from a JSON Schema, as GetModelTemplate gives it: the shape of the
//! model, each value taken from where the same shape has it in the input.

use serde_json::{Map, Value};

/// References that fan out must not fill the memory.
const TEMPLATE_BYTES_MAX: usize = 256 * 1024;
/// Levels of a schema that are followed; what lies deeper is left out.
const DEPTH_MAX: usize = 32;

/// The template of a schema; `None` where it would be too long.
pub(crate) fn of_schema(schema: &Value) -> Option<String> {
    let out = "#set($inputRoot = $input.path('$'))\n".to_owned();
    let mut writer = Writer { out, root: schema, chain: Vec::new() };
    writer.value(schema, "$inputRoot", 0);
    (writer.out.len() <= TEMPLATE_BYTES_MAX).then_some(writer.out)
}

struct Writer<'s> {
    out: String,
    root: &'s Value,
    /// The references that are being followed.
    chain: Vec<&'s str>,
}

impl<'s> Writer<'s> {
    fn value(&mut self, schema: &'s Value, path: &str, depth: usize) {
        let reference = schema.get("$ref").and_then(Value::as_str);
        let around = reference.is_some_and(|reference| self.chain.contains(&reference));
        if around || depth >= DEPTH_MAX || self.out.len() > TEMPLATE_BYTES_MAX {
            self.out.push_str("{}");
            return;
        }
        let length = self.chain.len();
        self.chain.extend(reference);
        let target = reference.and_then(|text| self.root.pointer(text.strip_prefix('#')?));
        self.shape(target.unwrap_or(schema), path, depth);
        self.chain.truncate(length);
    }

    fn shape(&mut self, schema: &'s Value, path: &str, depth: usize) {
        match kind(schema) {
            "object" => self.object(schema, path, depth),
            "array" => self.array(schema, path, depth),
            "number" | "integer" | "boolean" => self.out.push_str(path),
            "null" => self.out.push_str("null"),
            _ => self.out.push_str(&format!("\"{path}\"")),
        }
    }

    fn object(&mut self, schema: &'s Value, path: &str, depth: usize) {
        let properties = schema.get("properties").and_then(Value::as_object);
        let Some(properties) = properties.filter(|it| !Map::is_empty(it)) else {
            self.out.push_str("{}");
            return;
        };
        self.out.push('{');
        for (at, (name, property)) in properties.iter().enumerate() {
            self.out.push_str(if at == 0 { "\n" } else { ",\n" });
            self.indent(depth + 1);
            self.out.push_str(&format!("{} : ", Value::from(name.as_str())));
            self.value(property, &format!("{path}.{name}"), depth + 1);
        }
        self.out.push('\n');
        self.indent(depth);
        self.out.push('}');
    }

    fn array(&mut self, schema: &'s Value, path: &str, depth: usize) {
        let element = match depth {
            0 => "$elem".to_owned(),
            depth => format!("$elem{depth}"),
        };
        self.out.push_str(&format!("[\n#foreach({element} in {path})\n"));
        self.indent(depth + 1);
        match schema.get("items") {
            Some(items) => self.value(items, &element, depth + 1),
            None => self.out.push_str(&element),
        }
        self.out.push_str("#if($foreach.hasNext),#end\n#end\n");
        self.indent(depth);
        self.out.push(']');
    }

    fn indent(&mut self, depth: usize) {
        (0..depth).for_each(|_| self.out.push_str("  "));
    }
}

fn kind(schema: &Value) -> &str {
    let named = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).find(|k| *k != "null"),
        other => other.and_then(Value::as_str),
    };
    let implied = if schema.get("properties").is_some() {
        "object"
    } else if schema.get("items").is_some() {
        "array"
    } else {
        "string"
    };
    named.unwrap_or(implied)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_comes_from_its_own_place() {
        let price = json!({ "properties": { "price": { "type": "number" } } });
        let schema = json!({ "type": "object", "properties": {
            "id": { "type": "integer" },
            "name": { "$ref": "#/definitions/name" },
            "toys": { "type": "array", "items": price }
        }, "definitions": { "name": { "type": ["null", "string"] } } });
        let wanted = "#set($inputRoot = $input.path('$'))\n{\n  \"id\" : $inputRoot.id,\n  \
            \"name\" : \"$inputRoot.name\",\n  \"toys\" : [\n#foreach($elem1 in \
            $inputRoot.toys)\n    {\n      \"price\" : $elem1.price\n    \
            }#if($foreach.hasNext),#end\n#end\n  ]\n}";
        assert_eq!(of_schema(&schema).as_deref(), Some(wanted));
        let text = of_schema(&json!({})).unwrap();
        assert_eq!(text, "#set($inputRoot = $input.path('$'))\n\"$inputRoot\"");
    }

    #[test]
    fn schemas_that_go_round_or_fan_out_end() {
        let twice = json!({ "properties": { "a": { "$ref": "#" }, "b": { "$ref": "#" } } });
        assert!(of_schema(&twice).unwrap().len() < 1000);
        let mut definitions = Map::new();
        for n in 0..200 {
            let next = json!({ "$ref": format!("#/definitions/d{}", n + 1) });
            let both = json!({ "properties": { "a": next, "b": next } });
            definitions.insert(format!("d{n}"), both);
        }
        let fan = json!({ "$ref": "#/definitions/d0", "definitions": definitions });
        assert_eq!(of_schema(&fan), None);
    }
}
