//! Each endpoint, each limit and each switch of Getui, as the documents have them.

mod alias;
mod shape;
mod tag;
mod user;

use crate::emulator::testing::{CIDS, Client, client};
use crate::timestamp::{DAY_MS, MINUTE_MS};

const OK: &str = r#"200 {"code":0,"msg":"success"}"#;
const BAD_USER: &str = r#"400 {"code":20001,"msg":"target user is invalid"}"#;

fn pairs(pairs: &[(&str, &str)]) -> String {
    let list: Vec<String> = pairs.iter().map(|(c, a)| format!(r#"{{"cid":"{c}","alias":"{a}"}}"#)).collect();
    format!(r#"{{"data_list":[{}]}}"#, list.join(","))
}

fn users(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("b{number:031x}")).collect()
}

fn cids(list: &[String]) -> String {
    serde_json::json!({"cid": list}).to_string()
}

fn tags(list: &[&str]) -> String {
    serde_json::json!({"custom_tag": list}).to_string()
}

fn overwrite(client: &mut Client, cid: &str, list: &[&str]) -> String {
    client.getui("POST", &format!("user/custom_tag/cid/{cid}"), &tags(list))
}
