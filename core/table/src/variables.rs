use std::collections::BTreeMap;

/// `text` with its `${stageVariables.name}` replaced.
///
/// # Errors
/// For people: one has no end, or the stage has no such variable.
pub(crate) fn filled(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    const OPEN: &str = "${stageVariables.";
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, behind)) = rest.split_once(OPEN) {
        let (name, after) = behind.split_once('}').ok_or("a stage variable has no end")?;
        let value = variables
            .get(name)
            .ok_or_else(|| format!("The stage has no variable named '{name}'"))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}
