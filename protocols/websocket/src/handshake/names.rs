/// Names that a client offered, in its order; they are tokens, so a comma parts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names(Box<str>);

impl Names {
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(',').filter(|name| !name.is_empty())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.iter().any(|other| other == name)
    }
}

impl<'n> FromIterator<&'n str> for Names {
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Self {
        let mut joined = String::new();
        for name in names {
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(name);
        }
        Self(joined.into())
    }
}
