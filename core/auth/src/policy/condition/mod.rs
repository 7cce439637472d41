//! One condition of a statement: an operator, a key and values.

mod date;
mod network;
mod operand;
mod operator;

use serde::{Deserialize, Serialize};

use super::Effect;
use super::context::{Context, Found, Value};
use super::document::Node;
use super::error::{Place, PolicyError};
use operand::Operands;
use operator::{Operator, Quantifier};

/// One condition; all of a statement must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Condition {
    /// In lower case: keys know no case.
    key: Box<str>,
    quantifier: Quantifier,
    negated: bool,
    if_exists: bool,
    operands: Operands,
}

impl Condition {
    /// Reads the `Condition` of a statement: operators, in each of them keys, for each key values.
    pub(super) fn read_all(
        node: &Node<'_>,
        variables: bool,
        place: &Place<'_>,
    ) -> Result<Vec<Self>, PolicyError> {
        let mut conditions = Vec::new();
        for (name, keys) in node.object(place)?.iter() {
            let place = place.member(name);
            let operator = Operator::read(name, &place)?;
            for (key, values) in keys.object(&place)?.iter() {
                let place = place.member(key);
                let named = key.split_once(':').is_some_and(|(service, name)| {
                    !service.is_empty() && !name.is_empty() && !key.contains("${")
                });
                if !named {
                    return Err(place.error("expected a condition key such as aws:SourceIp"));
                }
                conditions.push(Self {
                    key: key.to_lowercase().into(),
                    quantifier: operator.quantifier,
                    negated: operator.negated,
                    if_exists: operator.if_exists,
                    operands: Operands::read(operator.family, variables, values, &place)?,
                });
            }
        }
        Ok(conditions)
    }

    /// Whether it holds for a request.
    ///
    /// A missing key equals nothing: the condition is false, or true if it is negated or ends with
    /// `IfExists`. `ForAllValues` is true and `ForAnyValue` false if there is no value, and an
    /// empty text counts as none ("Single-valued vs. multivalued context keys"). A key with several
    /// values under an operator without a prefix, of which AWS says only not to do it: one that
    /// equals is enough for the condition, and for its opposite none may.
    pub(super) fn holds(&self, context: &dyn Context, effect: Effect) -> bool {
        let found = context.get(&self.key);
        if let Operands::Null(wanted) = &self.operands {
            return wanted.contains(&found.is_null());
        }
        if found.is_absent() && self.if_exists {
            return true;
        }
        match self.quantifier {
            Quantifier::None if found.is_absent() => self.negated,
            Quantifier::None if self.negated => self.every(&found, context, effect),
            Quantifier::None => self.some(&found, context, effect),
            Quantifier::All => found.is_null() || self.every(&found, context, effect),
            Quantifier::Any => !found.is_null() && self.some(&found, context, effect),
        }
    }

    fn every(&self, found: &Found<'_>, context: &dyn Context, effect: Effect) -> bool {
        match found {
            Found::Absent => true,
            Found::One(value) => self.passes(*value, context, effect),
            Found::Many(values) => {
                values.iter().all(|value| self.passes(Value::Text(value), context, effect))
            }
        }
    }

    fn some(&self, found: &Found<'_>, context: &dyn Context, effect: Effect) -> bool {
        match found {
            Found::Absent => false,
            Found::One(value) => self.passes(*value, context, effect),
            Found::Many(values) => {
                values.iter().any(|value| self.passes(Value::Text(value), context, effect))
            }
        }
    }

    fn passes(&self, value: Value<'_>, context: &dyn Context, effect: Effect) -> bool {
        self.operands.matches(value, context).passes(self.negated, effect)
    }
}
