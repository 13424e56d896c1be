//! Vendor tokens at Getui: which token a user has on a channel.
//!
//! Page "批量绑定或解绑cid和deviceToken" of the user API. There is no way to read them.

use serde::Serialize;
use serde_json::Value;

use crate::kind::{Failed, Verdict};
use crate::provider::{json, words};
use crate::wire::{Method, Reply, Request, segment};

use super::verdict;

#[derive(Serialize)]
struct Tokens<'a> {
    dt_list: Vec<Token<'a>>,
}

#[derive(Serialize)]
struct Token<'a> {
    cid: &'a str,
    device_token: &'a str,
}

/// Binds tokens on a channel: pairs of user and token. An empty token unbinds: 不传或传空表示解绑.
pub(super) fn bind<'a>(channel: &str, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Request {
    let dt_list = pairs.map(|(cid, device_token)| Token { cid, device_token }).collect();
    super::with_body(Method::Post, format!("/user/bind_dt/{}", segment(channel)), &Tokens { dt_list })
}

/// Unbinds these users' tokens on a channel.
pub(super) fn unbind<'a>(channel: &str, users: impl Iterator<Item = &'a str>) -> Request {
    bind(channel, users.map(|user| (user, "")))
}

/// The users of the reply's error list; without one, everything was done.
pub(super) fn failures(reply: &Reply) -> Verdict<Vec<Failed>> {
    let data = verdict::content(reply)?;
    let listed = json::field(&data, "errorList");
    Ok(listed.map(|list| json::objects(list).map(failure).collect()).unwrap_or_default())
}

fn failure(error: &Value) -> Failed {
    let code = json::field(error, "error_code").or_else(|| json::field(error, "code")).and_then(json::whole);
    let words = match code {
        Some(24001) => "cid为空 (the user id is empty): 请检查参数 (check the user id)".to_owned(),
        Some(24002) => "cid不存在 (there is no such user): 请检查参数 (check the user id)".to_owned(),
        Some(24003) => {
            "cid和appId不匹配 (the user belongs to another app): 请检查参数 (check the user id and `getui.app_id`)"
                .to_owned()
        }
        Some(24004) => {
            "cid对应的类型不是小程序 (the user is not one of a mini program): 请检查参数 (check the user id and the \
             channel)"
                .to_owned()
        }
        _ => words::clean(&format!("the token was refused, with {error}")),
    };
    Failed { subject: json::text_of(error, "cid"), code, words }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(data: &str) -> String {
        let failed = failures(&Reply::json(200, format!(r#"{{"msg":"success","code":0{data}}}"#)));
        let failed = failed.expect("a judgement");
        let lines = failed.into_iter().map(|row| format!("{} {:?} {}\n", row.subject, row.code, row.words));
        lines.collect()
    }

    #[test]
    fn without_an_error_list_everything_was_done() {
        for data in ["", r#","data":{}"#, r#","data":[]"#, r#","data":{"errorList":[]}"#] {
            assert_eq!(judged(data), "", "{data}");
        }
    }

    #[test]
    fn each_listed_user_has_failed_for_the_reason_that_the_document_gives() {
        assert_eq!(
            judged(
                r#","data":{"errorList":[{"cid":"a","device_token":"WX_t","error_code":24002},{"cid":"b","error_code":"24003"}]}"#
            ),
            "a Some(24002) cid不存在 (there is no such user): 请检查参数 (check the user id)\n\
             b Some(24003) cid和appId不匹配 (the user belongs to another app): 请检查参数 (check the user id and \
             `getui.app_id`)\n"
        );
        assert_eq!(
            judged(r#","data":{"errorList":[{"cid":"","error_code":24001},{"cid":"a","error_code":24004}]}"#),
            " Some(24001) cid为空 (the user id is empty): 请检查参数 (check the user id)\n\
             a Some(24004) cid对应的类型不是小程序 (the user is not one of a mini program): 请检查参数 (check the user \
             id and the channel)\n"
        );
        assert_eq!(
            judged(r#","data":{"error_list":{"cid":"c","error_code":1}}"#),
            "c Some(1) the token was refused, with {\"cid\":\"c\",\"error_code\":1}\n"
        );
    }
}
