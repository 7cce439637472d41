//! Which operation a request names: a table for each service.

mod iam;
mod sts;
pub(crate) mod target;
mod unsupported;

use serde_json::Value;

use crate::params::Params;
use crate::work::Work;
use crate::{Answer, Code, Error};
use target::Target;

/// A service of the query protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Identity and Access Management.
    Iam,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// The service that a credential scope names.
    pub fn of_scope(name: &str) -> Option<Self> {
        [Self::Iam, Self::Sts].into_iter().find(|service| service.name() == name)
    }

    /// The service that this version of an API belongs to.
    pub fn of_version(version: &str) -> Option<Self> {
        [Self::Iam, Self::Sts].into_iter().find(|service| service.version() == version)
    }

    /// `iam`: in credential scopes and actions.
    pub fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }

    fn version(self) -> &'static str {
        match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }

    /// Of its XML.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    fn rows(self) -> &'static [Row] {
        match self {
            Self::Iam => iam::ROWS,
            Self::Sts => sts::ROWS,
        }
    }

    fn unsupported(self) -> &'static [&'static str] {
        match self {
            Self::Iam => unsupported::IAM,
            Self::Sts => unsupported::STS,
        }
    }
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Gives what is there.
    Reads,
    /// Changes what is there.
    Writes,
    /// Gives credentials, and keeps nothing.
    Issues,
}

/// An operation that is built.
pub(crate) struct Row {
    name: &'static str,
    effect: Effect,
    pub(crate) target: Target,
    params: &'static [&'static str],
    pub(crate) run: Run,
}

type Run = fn(&mut Work<'_>, &Params) -> Result<Value, Error>;

impl Effect {
    /// An operation of this effect.
    const fn row(
        self,
        name: &'static str,
        target: Target,
        params: &'static [&'static str],
        run: Run,
    ) -> Row {
        Row { name, effect: self, target, params, run }
    }
}

/// What a request asks for.
pub struct Invocation {
    service: Service,
    pub(crate) row: &'static Row,
    pub(crate) params: Params,
}

impl std::fmt::Debug for Invocation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.service.name(), self.row.name)
    }
}

impl Invocation {
    /// Reads a request: `POST /` with a form, or `GET /` with a query.
    ///
    /// # Errors
    /// The answer, for a request that names no operation, or one that is not built.
    pub fn read(
        service: Service,
        query: Option<&str>,
        form: &[u8],
        request_id: &str,
    ) -> Result<Self, Box<Answer>> {
        let read = || {
            let params = Params::read(query, form)?;
            let row = find(service, &params)?;
            Ok(Self { service, row, params })
        };
        read().map_err(|error| Box::new(Answer::refused(error, service.namespace(), request_id)))
    }

    /// The service that the form of a request on the control socket names by its version.
    pub fn service_of(query: Option<&str>, form: &[u8]) -> Option<Service> {
        let params = Params::read(query, form).ok()?;
        Service::of_version(params.text("Version")?)
    }

    /// Whose it is.
    pub fn service(&self) -> Service {
        self.service
    }

    /// `CreateUser`
    pub fn operation(&self) -> &'static str {
        self.row.name
    }

    /// What it does.
    pub fn effect(&self) -> Effect {
        self.row.effect
    }

    /// What it says, with its secrets, as the audit log names it.
    pub fn parameters(&self) -> Value {
        self.params.as_json()
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.params.only(self.row.name, self.row.params)
    }
}

fn find(service: Service, params: &Params) -> Result<&'static Row, Error> {
    let name = service.name();
    let Some(action) = params.text("Action") else {
        let message = format!("A call of {name} needs the parameter Action.");
        return Err(Error::new(Code::InvalidAction, message));
    };
    let version = params.text("Version").unwrap_or_default();
    let unknown = || {
        let message = format!("Could not find operation {action} for version {version} of {name}");
        Error::new(Code::InvalidAction, message)
    };
    if version != service.version() {
        return Err(unknown());
    }
    if let Some(row) = service.rows().iter().find(|row| row.name == action) {
        return Ok(row);
    }
    if service.unsupported().contains(&action) {
        let code = match service {
            Service::Iam => Code::InvalidInput,
            Service::Sts => Code::ValidationError,
        };
        return Err(Error::new(code, format!("ringgate does not support {action} yet")));
    }
    Err(unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_both_models_is_known_once() {
        for (service, count) in [(Service::Iam, 180), (Service::Sts, 11)] {
            let mut names: Vec<&str> = service.rows().iter().map(|row| row.name).collect();
            names.extend(service.unsupported());
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), service.rows().len() + service.unsupported().len());
            assert_eq!(names.len(), count, "{service:?}");
        }
    }

    #[test]
    fn what_is_not_built_is_refused_by_name() {
        let read = |form: &str| Invocation::read(Service::Iam, None, form.as_bytes(), "id");
        for (form, code, says) in [
            ("Action=CreateGroup&Version=2010-05-08", "InvalidInput", "support CreateGroup yet"),
            ("Action=Nothing&Version=2010-05-08", "InvalidAction", "operation Nothing"),
            ("Action=CreateUser&Version=2011-06-15", "InvalidAction", "2011-06-15"),
            ("Version=2010-05-08", "InvalidAction", "Action"),
        ] {
            let answer = read(form).unwrap_err();
            assert_eq!(answer.status, 400);
            assert!(answer.body.contains(&format!("<Code>{code}</Code>")), "{}", answer.body);
            assert!(answer.body.contains(says), "{}", answer.body);
        }
        assert_eq!(read("Action=GetUser&Version=2010-05-08").unwrap().operation(), "GetUser");
    }
}
