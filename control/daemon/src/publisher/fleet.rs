use std::collections::BTreeMap;

use ringgate_ipc::Hello;
use tokio::sync::mpsc;

use super::Live;
use super::attachment::Question;

/// The attached data planes, by the number of their attachment.
#[derive(Debug, Default)]
pub(super) struct Fleet {
    members: BTreeMap<u64, Member>,
}

/// One attached data plane.
#[derive(Debug)]
pub(super) struct Member {
    /// What it said of itself.
    pub(super) hello: Hello,
    /// The newest generation that it serves.
    pub(super) acked: Option<u64>,
    /// The newest generation that it could not take, and why.
    pub(super) refused: Option<(u64, String)>,
    /// How long the last table took it to make live.
    pub(super) apply_micros: u32,
    questions: mpsc::Sender<Question>,
}

impl Member {
    pub(super) fn new(hello: Hello, questions: mpsc::Sender<Question>) -> Self {
        Self { hello, acked: None, refused: None, apply_micros: 0, questions }
    }

    /// Where it can be asked for something.
    pub(super) fn questions(&self) -> mpsc::Sender<Question> {
        self.questions.clone()
    }

    fn verdict(&self, generation: u64) -> Verdict<'_> {
        if self.acked.is_some_and(|acked| acked >= generation) {
            return Verdict::Live;
        }
        match &self.refused {
            Some((refused, reason)) if *refused >= generation => Verdict::Refused(reason),
            _ => Verdict::Open,
        }
    }
}

enum Verdict<'a> {
    Live,
    Refused(&'a str),
    Open,
}

impl Fleet {
    /// The members in the order they attached.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// How many are attached.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// True when none is attached.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The oldest generation that a data plane serves; `None` when none serves any.
    pub(super) fn served(&self) -> Option<u64> {
        self.members().filter_map(|member| member.acked).min()
    }

    pub(super) fn join(&mut self, number: u64, member: Member) {
        self.members.insert(number, member);
    }

    pub(super) fn leave(&mut self, number: u64) {
        self.members.remove(&number);
    }

    pub(super) fn acked(&mut self, number: u64, generation: u64, micros: u32) {
        if let Some(member) = self.members.get_mut(&number) {
            member.acked = Some(generation);
            member.apply_micros = micros;
            member.refused = None;
        }
    }

    pub(super) fn draining(&mut self, number: u64) {
        if let Some(member) = self.members.get_mut(&number) {
            member.hello.draining = true;
        }
    }

    pub(super) fn refused(&mut self, number: u64, generation: u64, reason: String) {
        if let Some(member) = self.members.get_mut(&number) {
            member.refused = Some((generation, reason));
        }
    }

    /// What is to be said of `generation` now; `None` while a member has not answered.
    pub(super) fn settled(&self, generation: u64) -> Option<Result<(), Live>> {
        if self.is_empty() {
            return Some(Err(Live::Pending));
        }
        let mut refusal = None;
        for member in self.members() {
            match member.verdict(generation) {
                Verdict::Live => {}
                Verdict::Refused(reason) => refusal = Some(Live::Refused(reason.to_owned())),
                Verdict::Open => return None,
            }
        }
        Some(refusal.map_or(Ok(()), Err))
    }
}
