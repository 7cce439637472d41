/// Where the control process keeps its state: ordered text keys, compare-and-set transactions.
///
/// `redb` stands behind it on one machine, memory in tests, etcd in a cluster.
pub trait Store: Send + Sync {
    /// The value of `key`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store cannot be read.
    fn get(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError>;

    /// Up to `limit` entries whose key begins with `prefix`, ascending, behind `after` if given.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the store cannot be read.
    fn range(
        &self,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Vec<u8>)>, StoreError>;

    /// How many transactions were committed: the generation of the tables made from this state.
    fn revision(&self) -> u64;

    /// Makes all of `transaction` true, or nothing of it; durable when it returns.
    /// Gives the new revision.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when a check does not hold; [`StoreError::Unavailable`] when the
    /// store cannot be written.
    fn commit(&self, transaction: Transaction) -> Result<u64, StoreError>;
}

/// Keys with a value each, or without one where the key is to be absent.
pub type Entries = Vec<(String, Option<Vec<u8>>)>;

/// What must hold, and what is to be written if it does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transaction {
    /// Keys and the values they must have (`None`: absent).
    pub checks: Entries,
    /// Keys and their new values (`None`: removed).
    pub writes: Entries,
}

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A check of the transaction does not hold: somebody else was faster.
    #[error("another change came first: '{key}' is not as it was read")]
    Conflict {
        /// The key whose value differs.
        key: String,
    },
    /// The medium failed.
    #[error("the store failed: {0}")]
    Unavailable(String),
}
