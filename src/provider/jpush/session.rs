//! Authorization at JPush: the same header with every call, and no session.
//!
//! Source: "REST API 概述", 鉴权方式, checked on 2026-11-22.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::secret::Secret;
use crate::wire::{HeaderValue, Request, Vendor};

/// `Basic base64(appKey:masterSecret)`.
pub(super) fn credentials(app_key: &str, master_secret: &Secret) -> Secret {
    let pair = Secret::new(format!("{app_key}:{}", master_secret.reveal()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.reveal())))
}

/// The request with the headers of every call.
pub(super) fn authorize(request: Request, credentials: &Secret) -> Request {
    debug_assert_eq!(request.vendor, Vendor::Jpush, "credentials go to JPush alone");
    request
        .header("accept", HeaderValue::Plain("application/json".to_owned()))
        .header("authorization", HeaderValue::Secret(credentials.clone()))
}
