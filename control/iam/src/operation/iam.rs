use super::target::Target::{
    AllPolicies, AllRoles, AllUsers, Anything, NewPolicy, NewRole, NewUser, Policy, RoleItself,
    UserItself,
};
use super::{Row, reads, writes};
use crate::role::Role;
use crate::user::User;
use crate::{access_key, attached, inline, policy, policy_version, role, tags, user};

/// The operations of iam that are built (its service model, 2010-05-08).
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    writes("CreateUser", NewUser, &["UserName", "Path", "Tags"], user::create),
    reads("GetUser", UserItself, &["UserName"], user::get),
    reads("ListUsers", AllUsers, &["PathPrefix", "Marker", "MaxItems"], user::list),
    writes("UpdateUser", UserItself, &["UserName", "NewPath"], user::update),
    writes("DeleteUser", UserItself, &["UserName"], user::delete),
    writes("TagUser", UserItself, &["UserName", "Tags"], tags::tag::<User>),
    writes("UntagUser", UserItself, &["UserName", "TagKeys"], tags::untag::<User>),
    reads("ListUserTags", UserItself, &["UserName", "Marker", "MaxItems"], tags::list::<User>),

    writes("CreateAccessKey", UserItself, &["UserName"], access_key::create),
    reads("ListAccessKeys", UserItself, &["UserName", "Marker", "MaxItems"], access_key::list),
    writes("UpdateAccessKey", UserItself, &["UserName", "AccessKeyId", "Status"],
        access_key::update),
    writes("DeleteAccessKey", UserItself, &["UserName", "AccessKeyId"], access_key::delete),
    reads("GetAccessKeyLastUsed", Anything, &["AccessKeyId"], access_key::last_used),

    writes("PutUserPolicy", UserItself, &["UserName", "PolicyName", "PolicyDocument"],
        inline::put::<User>),
    reads("GetUserPolicy", UserItself, &["UserName", "PolicyName"], inline::get::<User>),
    reads("ListUserPolicies", UserItself, &["UserName", "Marker", "MaxItems"],
        inline::list::<User>),
    writes("DeleteUserPolicy", UserItself, &["UserName", "PolicyName"], inline::delete::<User>),
    writes("AttachUserPolicy", UserItself, &["UserName", "PolicyArn"], attached::attach::<User>),
    writes("DetachUserPolicy", UserItself, &["UserName", "PolicyArn"], attached::detach::<User>),
    reads("ListAttachedUserPolicies", UserItself,
        &["UserName", "PathPrefix", "Marker", "MaxItems"], attached::list::<User>),

    writes("CreateRole", NewRole,
        &["RoleName", "Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration",
          "Tags"], role::create),
    reads("GetRole", RoleItself, &["RoleName"], role::get),
    reads("ListRoles", AllRoles, &["PathPrefix", "Marker", "MaxItems"], role::list),
    writes("UpdateRole", RoleItself, &["RoleName", "Description", "MaxSessionDuration"],
        role::update),
    writes("UpdateRoleDescription", RoleItself, &["RoleName", "Description"], role::describe),
    writes("UpdateAssumeRolePolicy", RoleItself, &["RoleName", "PolicyDocument"],
        role::update_trust),
    writes("DeleteRole", RoleItself, &["RoleName"], role::delete),
    writes("TagRole", RoleItself, &["RoleName", "Tags"], tags::tag::<Role>),
    writes("UntagRole", RoleItself, &["RoleName", "TagKeys"], tags::untag::<Role>),
    reads("ListRoleTags", RoleItself, &["RoleName", "Marker", "MaxItems"], tags::list::<Role>),

    writes("PutRolePolicy", RoleItself, &["RoleName", "PolicyName", "PolicyDocument"],
        inline::put::<Role>),
    reads("GetRolePolicy", RoleItself, &["RoleName", "PolicyName"], inline::get::<Role>),
    reads("ListRolePolicies", RoleItself, &["RoleName", "Marker", "MaxItems"],
        inline::list::<Role>),
    writes("DeleteRolePolicy", RoleItself, &["RoleName", "PolicyName"], inline::delete::<Role>),
    writes("AttachRolePolicy", RoleItself, &["RoleName", "PolicyArn"], attached::attach::<Role>),
    writes("DetachRolePolicy", RoleItself, &["RoleName", "PolicyArn"], attached::detach::<Role>),
    reads("ListAttachedRolePolicies", RoleItself,
        &["RoleName", "PathPrefix", "Marker", "MaxItems"], attached::list::<Role>),

    writes("CreatePolicy", NewPolicy,
        &["PolicyName", "Path", "PolicyDocument", "Description", "Tags"], policy::create),
    reads("GetPolicy", Policy, &["PolicyArn"], policy::get),
    reads("ListPolicies", AllPolicies,
        &["Scope", "OnlyAttached", "PathPrefix", "Marker", "MaxItems"], policy::list),
    writes("DeletePolicy", Policy, &["PolicyArn"], policy::delete),
    writes("CreatePolicyVersion", Policy, &["PolicyArn", "PolicyDocument", "SetAsDefault"],
        policy_version::create),
    reads("GetPolicyVersion", Policy, &["PolicyArn", "VersionId"], policy_version::get),
    reads("ListPolicyVersions", Policy, &["PolicyArn", "Marker", "MaxItems"],
        policy_version::list),
    writes("SetDefaultPolicyVersion", Policy, &["PolicyArn", "VersionId"],
        policy_version::set_default),
    writes("DeletePolicyVersion", Policy, &["PolicyArn", "VersionId"], policy_version::delete),
];
