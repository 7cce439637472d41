//! Who may call a route: what its authorizer asks for, flat.

use std::fmt;
use std::mem::size_of_val;

use ringgate_auth::jwt::Issuer;
use ringgate_mapping::Source;
use serde::{Deserialize, Serialize};

use crate::arena::Span;
use crate::lambda::FunctionImage;
use crate::mapping::ValueImage;
use crate::trie::NO_INDEX;
use crate::{LambdaFunction, StageImage};

/// What a route asks of its callers; routes that ask for the same share one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AuthorizationImage {
    pub(crate) by: By,
    /// A JWT must carry one of these, if there are any.
    pub(crate) scopes: Box<[Box<str>]>,
}

/// Who decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum By {
    /// The authorizer at this place.
    Authorizer(u16),
    /// The policies of who signed the request.
    Iam,
    /// Nobody: the route is closed, for this reason.
    Nobody(Span),
}

/// An authorizer of a stage.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AuthorizerImage {
    pub(crate) id: Span,
    /// Some of its identity sources is a `$context` variable.
    pub(crate) needs_context: bool,
    pub(crate) kind: KindImage,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum KindImage {
    /// It verifies tokens.
    Jwt {
        /// Where the token stands.
        source: ValueImage,
        /// Whose it must be.
        issuer: Box<Issuer>,
    },
    /// It asks a function.
    Lambda(LambdaImage),
}

/// An authorizer that asks a function.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LambdaImage {
    pub(crate) function: FunctionImage,
    /// Another text where the same function is asked otherwise.
    pub(crate) setup: Span,
    /// The function answers yes or no.
    pub(crate) simple: bool,
    /// How long an answer is kept; 0: not at all.
    pub(crate) ttl_s: u32,
    /// What every request must have, and what answers are kept by.
    pub(crate) sources: Box<[ValueImage]>,
}

/// What a route asks of its callers.
#[derive(Clone, Copy, Debug)]
pub enum Authorization<'t> {
    /// Nothing.
    Open,
    /// A token of the authorizer at this place of [`StageImage::authorizers`].
    Jwt {
        /// The authorizer.
        authorizer: JwtAuthorizer<'t>,
        /// The token must carry one of these, if there are any.
        scopes: &'t [Box<str>],
    },
    /// The consent of a function.
    Lambda(LambdaAuthorizer<'t>),
    /// A signature of a user or role whose policies allow it.
    Iam,
    /// Nobody gets in.
    Closed {
        /// Why.
        reason: &'t str,
    },
}

/// A JWT authorizer of a stage.
#[derive(Clone, Copy)]
pub struct JwtAuthorizer<'t> {
    stage: &'t StageImage,
    /// Its place among the stage's authorizers.
    pub at: usize,
    source: &'t ValueImage,
    /// Whose token it must be, and for whom.
    pub issuer: &'t Issuer,
}

impl<'t> JwtAuthorizer<'t> {
    /// Where the token stands.
    pub fn source(&self) -> impl Iterator<Item = Source<&'t str>> + use<'t> {
        self.source.sources(self.stage)
    }
}

impl fmt::Debug for JwtAuthorizer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtAuthorizer").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

/// An authorizer of a stage that asks a function.
#[derive(Clone, Copy)]
pub struct LambdaAuthorizer<'t> {
    stage: &'t StageImage,
    id: Span,
    image: &'t LambdaImage,
}

impl<'t> LambdaAuthorizer<'t> {
    /// Its id.
    pub fn id(&self) -> &'t str {
        self.id.of(self.stage.text())
    }

    /// The function that decides, and the format in which it is asked.
    pub fn function(&self) -> LambdaFunction<'t> {
        LambdaFunction { stage: self.stage, function: &self.image.function }
    }

    /// How the function is asked: another text where the format, the kind of its answers or the
    /// identity sources are others. What was answered to one says nothing about the other.
    pub fn setup(&self) -> &'t str {
        self.image.setup.of(self.stage.text())
    }

    /// Whether the function answers yes or no instead of a policy.
    pub fn simple(&self) -> bool {
        self.image.simple
    }

    /// How long an answer is kept, in seconds; 0: not at all.
    pub fn ttl_s(&self) -> u32 {
        self.image.ttl_s
    }

    /// What every request must have, and what answers are kept by.
    pub fn sources(
        &self,
    ) -> impl Iterator<Item = impl Iterator<Item = Source<&'t str>> + Clone + use<'t>> + use<'t>
    {
        let stage = self.stage;
        self.image.sources.iter().map(move |source| source.sources(stage))
    }
}

impl fmt::Debug for LambdaAuthorizer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaAuthorizer").field("id", &self.id()).finish_non_exhaustive()
    }
}

impl StageImage {
    /// Its authorizers, by place: the issuer of each that takes tokens.
    pub fn jwt_issuers(&self) -> impl Iterator<Item = Option<&Issuer>> {
        self.authorizers.iter().map(|authorizer| match &authorizer.kind {
            KindImage::Jwt { issuer, .. } => Some(&**issuer),
            KindImage::Lambda(_) => None,
        })
    }

    /// What a route asks of its callers, by its place.
    pub(crate) fn authorization(&self, at: u16) -> Authorization<'_> {
        if at == NO_INDEX {
            return Authorization::Open;
        }
        let text = self.text();
        let wanted = self.authorizations.get(usize::from(at));
        let found = wanted.and_then(|wanted| match wanted.by {
            By::Nobody(reason) => Some(Authorization::Closed { reason: reason.of(text) }),
            By::Iam => Some(Authorization::Iam),
            By::Authorizer(at) => {
                let at = usize::from(at);
                let authorizer = self.authorizers.get(at)?;
                Some(match &authorizer.kind {
                    KindImage::Jwt { source, issuer } => Authorization::Jwt {
                        authorizer: JwtAuthorizer { stage: self, at, source, issuer },
                        scopes: &wanted.scopes,
                    },
                    KindImage::Lambda(image) => Authorization::Lambda(LambdaAuthorizer {
                        stage: self,
                        id: authorizer.id,
                        image,
                    }),
                })
            }
        });
        // A verified image has all of them.
        found.unwrap_or(Authorization::Closed { reason: "the authorizer is missing" })
    }

    /// Whether what the route asks of its callers takes what is known of the request.
    pub(crate) fn authorization_needs_context(&self, at: u16) -> bool {
        let wanted = self.authorizations.get(usize::from(at));
        let at = wanted.and_then(|wanted| match wanted.by {
            By::Authorizer(at) => Some(usize::from(at)),
            By::Nobody(_) | By::Iam => None,
        });
        at.and_then(|at| self.authorizers.get(at)).is_some_and(|it| it.needs_context)
    }
}

impl AuthorizationImage {
    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        size_of_val(&*self.scopes) + self.scopes.iter().map(|scope| scope.len()).sum::<usize>()
    }
}

impl AuthorizerImage {
    /// Heap memory it holds, in bytes.
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.kind {
            KindImage::Jwt { issuer, .. } => {
                let texts = issuer.audiences.iter().chain([&issuer.issuer]);
                size_of_val(&**issuer)
                    + size_of_val(&*issuer.audiences)
                    + texts.map(String::capacity).sum::<usize>()
            }
            KindImage::Lambda(image) => size_of_val(&*image.sources),
        }
    }
}
