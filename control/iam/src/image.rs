//! What data planes need to know of an account, to let its users and roles call routes.

use std::collections::{BTreeMap, BTreeSet};

use ringgate_admin::{Store, StoreError};
use ringgate_auth::policy::Policy;
use ringgate_table::{IamImage, IdentityImage, KeyImage};

use crate::credential;
use crate::entity::{Entity, Identity};
use crate::limits::{POLICIES_MAX, ROLES_MAX, USERS_MAX};
use crate::policy::{self, ManagedPolicy};
use crate::role::Role;
use crate::tags::Tag;
use crate::user::User;
use crate::{Iam, aws_managed, keys, shelf};

impl<S: Store> Iam<S> {
    /// The accounts that have a user, a role or a policy.
    ///
    /// # Errors
    /// The store fails.
    pub fn accounts(&self) -> Result<BTreeSet<String>, StoreError> {
        let mut accounts = BTreeSet::new();
        let mut after: Option<String> = None;
        loop {
            let found = self.store.range(keys::ALL, after.as_deref(), 1)?;
            let Some((key, _)) = found.into_iter().next() else { return Ok(accounts) };
            let account = key.split('/').nth(1).unwrap_or_default().to_owned();
            // Behind everything of this account: a tilde sorts behind letters.
            after = Some(format!("{}{account}/~", keys::ALL));
            accounts.insert(account);
        }
    }

    /// The image of an account; `roots` are its own keys, id and secret.
    ///
    /// # Errors
    /// The store fails, or holds what is no policy.
    pub fn image(&self, account: &str, roots: &[(&str, &str)]) -> Result<IamImage, StoreError> {
        let store = self.store.as_ref();
        let mut image = IamImage::new(account, &self.sealing_key_bytes);
        for (id, secret) in roots {
            let key = KeyImage { secret: (*secret).into(), identity: None };
            image.keys.insert((*id).into(), key);
        }
        let users = keys::folder(account, User::FOLDER);
        for user in shelf::all::<User>(store, &users, USERS_MAX)? {
            let arn: Box<str> = user.arn().into();
            for key in user.access_keys.iter().filter(|key| key.is_active) {
                let image_key =
                    KeyImage { secret: (*key.secret).into(), identity: Some(arn.clone()) };
                image.keys.insert((*key.id).into(), image_key);
            }
            image.identities.insert(arn, identity_image(store, user.identity())?);
        }
        let roles = keys::folder(account, Role::FOLDER);
        for role in shelf::all::<Role>(store, &roles, ROLES_MAX)? {
            let identity = identity_image(store, role.identity())?;
            image.identities.insert(role.arn().into(), identity);
        }
        image.managed = managed(store, account)?;
        Ok(image)
    }
}

fn identity_image(store: &dyn Store, identity: &Identity) -> Result<IdentityImage, StoreError> {
    let tag = |Tag { key, value }: &Tag| (key.to_lowercase().into(), value.as_str().into());
    Ok(IdentityImage {
        unique_id: identity.unique_id.as_str().into(),
        tags: identity.tags.iter().map(tag).collect(),
        policies: credential::policies(store, identity)?,
    })
}

fn managed(store: &dyn Store, account: &str) -> Result<BTreeMap<Box<str>, Policy>, StoreError> {
    let mut managed = BTreeMap::new();
    for of_aws in &aws_managed::ALL {
        managed.insert(of_aws.arn().into(), credential::read(of_aws.document)?);
    }
    let folder = keys::folder(account, policy::FOLDER);
    for own in shelf::all::<ManagedPolicy>(store, &folder, POLICIES_MAX)? {
        if let Some(document) = own.default_document() {
            managed.insert(own.arn().into(), credential::read(document)?);
        }
    }
    Ok(managed)
}
