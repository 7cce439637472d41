//! What texts may be, by the names of the service model.

use ringgate_model::limits::{
    DESCRIPTION_CHARS_MAX, PARAMETER_VALUE_CHARS_MAX, RESOURCE_NAME_CHARS_MAX,
    SELECTION_EXPRESSION_CHARS_MAX, TEMPLATE_CHARS_MAX,
};

use super::Text;

const ARN_CHARS_MAX: usize = 2048;
const ID_CHARS_MAX: usize = 128;

/// `StringWithLengthBetween0And1024`
pub(crate) const DESCRIPTION: Text = Text::chars(0, DESCRIPTION_CHARS_MAX);
/// `SelectionExpression`, `SelectionKey`
pub(crate) const EXPRESSION: Text = Text::chars(1, SELECTION_EXPRESSION_CHARS_MAX);
/// `Id`
pub(crate) const ID: Text = Text::chars(1, ID_CHARS_MAX);
/// `StringWithLengthBetween1And128`, of names
pub(crate) const NAME: Text = Text::chars(1, RESOURCE_NAME_CHARS_MAX);
/// `StringWithLengthBetween0And32K`
pub(crate) const TEMPLATE: Text = Text::chars(0, TEMPLATE_CHARS_MAX);
/// `StringWithLengthBetween1And512`
pub(crate) const PARAMETER: Text = Text::chars(1, PARAMETER_VALUE_CHARS_MAX);
/// `Arn`
pub(crate) const ARN: Text =
    Text::chars(1, ARN_CHARS_MAX).matching("^arn:aws[a-z-]*:.+$", |text| {
        let rest = text.strip_prefix("arn:aws").and_then(|rest| rest.split_once(':'));
        rest.is_some_and(|(partition, rest)| is_partition(partition) && !rest.is_empty())
    });
/// A role, or `arn:aws:iam::*:user/*` for the caller's own identity (spec section 2.5).
pub(crate) const ROLE_ARN: Text =
    Text::chars(1, ARN_CHARS_MAX).matching("^arn:aws[a-z-]*:iam::.+$", |text| {
        let rest = text.strip_prefix("arn:aws").unwrap_or_default();
        let rest = rest.split_once(":iam::");
        rest.is_some_and(|(partition, role)| is_partition(partition) && !role.is_empty())
    });

/// What follows `arn:aws`: nothing, `-cn`, `-us-gov`.
fn is_partition(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}
