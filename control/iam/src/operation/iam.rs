use super::Effect::{Reads, Writes};
use super::Row;
use super::target::Target::{
    AllPolicies, AllRoles, AllUsers, Anything, NewPolicy, NewRole, NewUser, Policy, RoleItself,
    UserItself,
};
use crate::role::Role;
use crate::user::User;
use crate::{access_key, attached, inline, policy, policy_version, role, tags, user};

/// The operations of iam that are built (its service model, 2010-05-08).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    Writes.row("CreateUser", NewUser, &["UserName", "Path", "Tags"], user::create),
    Reads.row("GetUser", UserItself, &["UserName"], user::get),
    Reads.row("ListUsers", AllUsers, &["PathPrefix", "Marker", "MaxItems"], user::list),
    Writes.row("UpdateUser", UserItself, &["UserName", "NewPath"], user::update),
    Writes.row("DeleteUser", UserItself, &["UserName"], user::delete),
    Writes.row("TagUser", UserItself, &["UserName", "Tags"], tags::tag::<User>),
    Writes.row("UntagUser", UserItself, &["UserName", "TagKeys"], tags::untag::<User>),
    Reads.row("ListUserTags", UserItself, &["UserName", "Marker", "MaxItems"], tags::list::<User>),

    Writes.row("CreateAccessKey", UserItself, &["UserName"], access_key::create),
    Reads.row("ListAccessKeys", UserItself, &["UserName", "Marker", "MaxItems"], access_key::list),
    Writes.row("UpdateAccessKey", UserItself, &["UserName", "AccessKeyId", "Status"],
        access_key::update),
    Writes.row("DeleteAccessKey", UserItself, &["UserName", "AccessKeyId"], access_key::delete),
    Reads.row("GetAccessKeyLastUsed", Anything, &["AccessKeyId"], access_key::last_used),

    Writes.row("PutUserPolicy", UserItself, &["UserName", "PolicyName", "PolicyDocument"],
        inline::put::<User>),
    Reads.row("GetUserPolicy", UserItself, &["UserName", "PolicyName"], inline::get::<User>),
    Reads.row("ListUserPolicies", UserItself, &["UserName", "Marker", "MaxItems"],
        inline::list::<User>),
    Writes.row("DeleteUserPolicy", UserItself, &["UserName", "PolicyName"], inline::delete::<User>),
    Writes.row("AttachUserPolicy", UserItself, &["UserName", "PolicyArn"],
        attached::attach::<User>),
    Writes.row("DetachUserPolicy", UserItself, &["UserName", "PolicyArn"],
        attached::detach::<User>),
    Reads.row("ListAttachedUserPolicies", UserItself,
        &["UserName", "PathPrefix", "Marker", "MaxItems"], attached::list::<User>),

    Writes.row("CreateRole", NewRole,
        &["RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration",
          "Tags"], role::create),
    Reads.row("GetRole", RoleItself, &["RoleName"], role::get),
    Reads.row("ListRoles", AllRoles, &["PathPrefix", "Marker", "MaxItems"], role::list),
    Writes.row("UpdateRole", RoleItself, &["RoleName", "Description", "MaxSessionDuration"],
        role::update),
    Writes.row("UpdateRoleDescription", RoleItself, &["RoleName", "Description"], role::describe),
    Writes.row("UpdateAssumeRolePolicy", RoleItself, &["RoleName", "PolicyDocument"],
        role::update_trust),
    Writes.row("DeleteRole", RoleItself, &["RoleName"], role::delete),
    Writes.row("TagRole", RoleItself, &["RoleName", "Tags"], tags::tag::<Role>),
    Writes.row("UntagRole", RoleItself, &["RoleName", "TagKeys"], tags::untag::<Role>),
    Reads.row("ListRoleTags", RoleItself, &["RoleName", "Marker", "MaxItems"], tags::list::<Role>),

    Writes.row("PutRolePolicy", RoleItself, &["RoleName", "PolicyName", "PolicyDocument"],
        inline::put::<Role>),
    Reads.row("GetRolePolicy", RoleItself, &["RoleName", "PolicyName"], inline::get::<Role>),
    Reads.row("ListRolePolicies", RoleItself, &["RoleName", "Marker", "MaxItems"],
        inline::list::<Role>),
    Writes.row("DeleteRolePolicy", RoleItself, &["RoleName", "PolicyName"], inline::delete::<Role>),
    Writes.row("AttachRolePolicy", RoleItself, &["RoleName", "PolicyArn"],
        attached::attach::<Role>),
    Writes.row("DetachRolePolicy", RoleItself, &["RoleName", "PolicyArn"],
        attached::detach::<Role>),
    Reads.row("ListAttachedRolePolicies", RoleItself,
        &["RoleName", "PathPrefix", "Marker", "MaxItems"], attached::list::<Role>),

    Writes.row("CreatePolicy", NewPolicy,
        &["PolicyName", "Path", "PolicyDocument", "Description", "Tags"], policy::create),
    Reads.row("GetPolicy", Policy, &["PolicyArn"], policy::get),
    Reads.row("ListPolicies", AllPolicies,
        &["Scope", "OnlyAttached", "PathPrefix", "Marker", "MaxItems"], policy::list),
    Writes.row("DeletePolicy", Policy, &["PolicyArn"], policy::delete),
    Writes.row("CreatePolicyVersion", Policy, &["PolicyArn", "PolicyDocument", "SetAsDefault"],
        policy_version::create),
    Reads.row("GetPolicyVersion", Policy, &["PolicyArn", "VersionId"], policy_version::get),
    Reads.row("ListPolicyVersions", Policy, &["PolicyArn", "Marker", "MaxItems"],
        policy_version::list),
    Writes.row("SetDefaultPolicyVersion", Policy, &["PolicyArn", "VersionId"],
        policy_version::set_default),
    Writes.row("DeletePolicyVersion", Policy, &["PolicyArn", "VersionId"], policy_version::delete),
];
