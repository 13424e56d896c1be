//! Getui's blacklist: users who receive no pushes.
//!
//! Pages "添加黑名单用户" and "移除黑名单用户" of the user API. There is no way to read it.

use crate::wire::{Method, Request};

/// Puts these users on it.
pub(super) fn add(users: &[&str]) -> Request {
    super::plain(Method::Post, path(users))
}

/// Takes these users off it.
pub(super) fn remove(users: &[&str]) -> Request {
    super::plain(Method::Delete, path(users))
}

fn path(users: &[&str]) -> String {
    format!("/user/black/cid/{}", super::list(users))
}
