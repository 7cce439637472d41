use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ringgate_import::Problem;
use ringgate_import::openapi::{self, BasePath, Options};
use ringgate_model::Limits;
use serde_json::{Value, json};

use crate::arguments::Output;
use crate::commands::print_json;
use crate::failure::Failure;
use crate::say::{say, tell};
use crate::source;

pub(crate) fn validate(files: &[PathBuf], limits: &Limits, output: Output) -> Result<(), Failure> {
    let (mut results, mut refused) = (Vec::new(), Vec::new());
    for file in files {
        let (name, text) = read_file(file, limits)?;
        match openapi::read(&text, &name, options(limits)) {
            Ok(reading) => {
                results.push(json!({
                    "file": name, "valid": true, "name": reading.desired.name,
                    "routes": reading.desired.routes.len(), "notes": reading.notes,
                }));
                if output == Output::Table {
                    show("note", &reading.notes, &text);
                    let routes = reading.desired.routes.len();
                    let title = &reading.desired.name;
                    let noun = if routes == 1 { "route" } else { "routes" };
                    say(format_args!("{name}: valid, \"{title}\" with {routes} {noun}"));
                }
            }
            Err(problems) => {
                results.push(json!({ "file": name, "valid": false, "problems": problems }));
                if output == Output::Table {
                    show("error", &problems, &text);
                }
                refused.extend(problems);
            }
        }
    }
    if output == Output::Json {
        print_json(&Value::Array(results));
    }
    if refused.is_empty() { Ok(()) } else { Err(summary(refused)) }
}

/// How a document is read whose limits are `limits`.
pub(super) fn options(limits: &Limits) -> Options {
    Options { base_path: BasePath::default(), limits: *limits }
}

pub(super) fn summary(problems: Vec<Problem>) -> Failure {
    let count = problems.len();
    let what = if count == 1 { "problem" } else { "problems" };
    Failure::new(format!("{count} {what} in the document")).problems(problems)
}

pub(super) fn show(kind: &str, problems: &[Problem], text: &str) {
    for problem in problems {
        tell(source::show(kind, problem, text));
    }
}

/// A document's name for people, and its text; `-` is standard input.
pub(super) fn read_file(path: &Path, limits: &Limits) -> Result<(String, String), Failure> {
    let bytes_max = limits.management_body_bytes;
    let read_all = |file: &mut dyn Read| read_at_most(file, bytes_max);
    let (name, read) = if path == Path::new("-") {
        ("standard input".to_owned(), read_all(&mut io::stdin().lock()))
    } else {
        (path.display().to_string(), File::open(path).and_then(|mut file| read_all(&mut file)))
    };
    let bytes = read.map_err(|error| Failure::new(format!("{name}: {error}")))?;
    if bytes.len() > bytes_max {
        return Err(Failure::new(format!("{name}: larger than {bytes_max} bytes")));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::new(format!("{name}: no UTF-8 from byte {at} on"))
    })?;
    Ok((name, text))
}

/// One byte more shows that there is more.
fn read_at_most(file: &mut dyn Read, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
