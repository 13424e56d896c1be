//! `user` and `badge`: what is known of users, as a list for one, a table for many, or JSON.
//!
//! What nobody may ask or the vendor does not say is `–`; what is only recorded says so.

use serde_json::{Value, json};

use crate::observe::users::User;
use crate::provider::user::{Badge, DeviceStatus, Status};
use crate::render::look::Look;
use crate::render::mask::{Mask, Sort};
use crate::render::text::{self, Align};

/// What stands where nothing is known.
const NOTHING: &str = "–";
/// The most columns of a user's tags in a table.
const TAGS_COLUMNS_MAX: usize = 40;

/// One user as a list, several as a table, nobody as nothing.
#[must_use]
pub fn text(users: &[User], look: &Look, mask: &Mask) -> String {
    match users {
        [] => String::new(),
        [one] => list(one, look, mask),
        many => table(many, look, mask),
    }
}

fn list(user: &User, look: &Look, mask: &Mask) -> String {
    let detail = &user.detail;
    let lines = [
        ("alias", user.alias.as_ref().map_or_else(nothing, |alias| mask.name(Sort::Alias, alias))),
        ("tags", tags(user).unwrap_or_else(nothing)),
        ("status", status(user.status.as_ref(), look)),
        ("device status", device(user.device.as_ref())),
        ("blacklisted", format!("{} (recorded; it cannot be read back)", blacklisted(user, look))),
        ("phone", words(&[&detail.phone_type, &detail.phone_model])),
        ("channel", said(&detail.brand)),
        ("device token", token(&detail.device_token, mask)),
        ("notifications", switch(detail.notification_switch)),
        ("first seen", said(&detail.create_time)),
        ("days online", detail.login_freq.map_or_else(nothing, |days| format!("{days} of the last 100"))),
        ("package", said(&detail.package_name)),
        ("app", said(&detail.client_app_id)),
    ];
    let wide = lines.iter().map(|(word, _)| text::width(word)).max().unwrap_or(0);
    let lines = lines.map(|(word, value)| format!("  {}  {value}\n", text::pad(word, wide)));
    format!("{}\n{}", mask.name(Sort::User, &detail.user), lines.concat())
}

fn table(users: &[User], look: &Look, mask: &Mask) -> String {
    let head = [
        ("USER", Align::Left),
        ("ALIAS", Align::Left),
        ("STATUS", Align::Left),
        ("DEVICE", Align::Left),
        ("PHONE", Align::Left),
        ("BLACKLISTED (RECORDED)", Align::Left),
        ("TAGS", Align::Left),
    ];
    let row = |user: &User| {
        vec![
            mask.name(Sort::User, &user.detail.user),
            user.alias.as_ref().map_or_else(nothing, |alias| mask.name(Sort::Alias, alias)),
            status(user.status.as_ref(), look),
            device(user.device.as_ref()),
            words(&[&user.detail.phone_type, &user.detail.phone_model]),
            blacklisted(user, look),
            tags(user).map_or_else(nothing, |tags| text::cut(&tags, TAGS_COLUMNS_MAX)),
        ]
    };
    text::table(&head, &users.iter().map(row).collect::<Vec<_>>())
}

fn nothing() -> String {
    NOTHING.to_owned()
}

fn said(plain: &str) -> String {
    if plain.is_empty() { nothing() } else { text::clean(plain) }
}

/// What the vendor says, in one cell.
fn words(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    said(&parts.join(", "))
}

fn token(plain: &str, mask: &Mask) -> String {
    if plain.is_empty() { nothing() } else { mask.name(Sort::Token, plain) }
}

/// `None` where this app may not ask or there is no tag.
fn tags(user: &User) -> Option<String> {
    let tags = user.tags.as_ref().filter(|tags| !tags.is_empty())?;
    Some(tags.iter().map(|tag| text::name(tag)).collect::<Vec<_>>().join(" "))
}

fn status(status: Option<&Status>, look: &Look) -> String {
    let Some(status) = status else { return nothing() };
    match status.last_login {
        Some(at) => format!("{}, last seen {}", said(&status.status), look.zone.minute(at)),
        None => said(&status.status),
    }
}

fn device(device: Option<&DeviceStatus>) -> String {
    let Some(device) = device else { return nothing() };
    match &device.refused {
        Some((code, words)) => format!("{NOTHING} ({code} {})", text::clean(words)),
        None => said(&device.device_status),
    }
}

fn switch(on: Option<bool>) -> String {
    on.map_or_else(nothing, |on| if on { "on" } else { "off" }.to_owned())
}

fn blacklisted(user: &User, look: &Look) -> String {
    user.blacklisted.map_or_else(|| "no".to_owned(), |at| format!("yes, {}", look.zone.minute(at)))
}

/// The users as a list of objects. What nobody may ask or the vendor does not say is `null`.
#[must_use]
pub fn json(users: &[User], mask: &Mask) -> String {
    let list: Vec<Value> = users.iter().map(|user| object(user, mask)).collect();
    format!("{:#}\n", Value::Array(list))
}

fn object(user: &User, mask: &Mask) -> Value {
    let detail = &user.detail;
    let some = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
    let hidden = |sort, text: &str| if mask.hides() { mask.name(sort, text) } else { text.to_owned() };
    let device = user.device.as_ref();
    json!({
        "cid": hidden(Sort::User, &detail.user),
        "alias": user.alias.as_ref().map(|alias| hidden(Sort::Alias, alias)),
        "tags": user.tags,
        "status": user.status.as_ref().map(|status| &status.status),
        "last_login_time": user.status.as_ref().and_then(|status| status.last_login).map(|at| at.to_string()),
        "cid_status": device.map_or(Value::Null, |device| some(&device.user_status)),
        "device_status": device.map_or(Value::Null, |device| some(&device.device_status)),
        "blacklisted_recorded": user.blacklisted.is_some(),
        "blacklisted_recorded_at": user.blacklisted.map(|at| at.to_string()),
        "phone_type": some(&detail.phone_type),
        "phone_model": some(&detail.phone_model),
        "brand": some(&detail.brand),
        "device_token": (!detail.device_token.is_empty()).then(|| hidden(Sort::Token, &detail.device_token)),
        "notification_switch": detail.notification_switch,
        "create_time": some(&detail.create_time),
        "login_freq": detail.login_freq,
        "package_name": some(&detail.package_name),
        "client_app_id": some(&detail.client_app_id),
    })
}

/// What was done to the badges of how many users.
#[must_use]
pub fn badged(change: Badge, users: u64) -> String {
    let users = text::count(users, "user", "users");
    match change {
        Badge::Set(number) => format!("Badge set to {number} for {users}.\n"),
        Badge::Add(number) if number < 0 => {
            format!("Badge lowered by {} for {users}.\n", number.unsigned_abs())
        }
        Badge::Add(number) => format!("Badge raised by {number} for {users}.\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::user::Detail;
    use crate::render::sample::{ALICE, BOB};
    use crate::timestamp::{Timestamp, Zone};

    fn detail(user: &str) -> Detail {
        Detail {
            user: user.to_owned(),
            client_app_id: "app".to_owned(),
            package_name: "com.getui.demo".to_owned(),
            device_token: String::new(),
            phone_type: "android".to_owned(),
            phone_model: "vv".to_owned(),
            notification_switch: Some(true),
            create_time: "2021-06-30 00:00:00".to_owned(),
            login_freq: Some(10),
            brand: "unknown".to_owned(),
        }
    }

    fn users() -> Vec<User> {
        let at = |text: &str| Some(Timestamp::parse(text).expect("a moment"));
        let alice = User {
            detail: Detail { device_token: "T0ken".to_owned(), ..detail(ALICE) },
            alias: Some("掌柜_李明".to_owned()),
            tags: Some(vec!["vip".to_owned(), "喜爱足球".to_owned()]),
            status: Some(Status {
                user: ALICE.to_owned(),
                status: "offline".to_owned(),
                last_login: at("2026-11-20T02:12:00Z"),
            }),
            device: Some(DeviceStatus {
                user: ALICE.to_owned(),
                user_status: "offline".to_owned(),
                device_status: "online".to_owned(),
                refused: None,
            }),
            blacklisted: at("2026-11-21T02:12:00Z"),
        };
        let bob = User {
            detail: Detail { phone_type: String::new(), phone_model: String::new(), ..detail(BOB) },
            alias: None,
            tags: None,
            status: Some(Status { user: BOB.to_owned(), status: "online".to_owned(), last_login: None }),
            device: None,
            blacklisted: None,
        };
        vec![alice, bob]
    }

    #[test]
    fn one_user_is_a_list_and_several_are_a_table_that_lines_up() {
        let (look, mask, users) = (Look::plain(Zone::shanghai()), Mask::show(), users());
        let both = format!("{}\n{}", text(&users[..1], &look, &mask), text(&users, &look, &mask));
        insta::assert_snapshot!(both);
    }

    #[test]
    fn json_says_null_where_nothing_is_known() {
        insta::assert_snapshot!(json(&users(), &Mask::show()));
    }

    #[test]
    fn a_mask_hides_ids_aliases_and_tokens_in_every_form() {
        let users = users();
        let mask = Mask::hide();
        let all = [
            json(&users, &mask),
            text(&users, &Look::plain(Zone::shanghai()), &mask),
            list(&users[0], &Look::plain(Zone::shanghai()), &mask),
        ]
        .concat();
        for secret in [ALICE, BOB, "掌柜_李明", "T0ken"] {
            assert!(!all.contains(secret), "{secret} is shown:\n{all}");
        }
    }
}
