//! Every endpoint of the two documents with its name, method and path, and the way from a request to it.
//!
//! Nothing here judges what a request carries: only where it goes.

use std::fmt;

use crate::wire::{Method, Vendor};

/// Getui's endpoints: the 17 of the user API, and the two of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table of paths below says what each one is")]
pub enum GetuiEndpoint {
    AuthOpen,
    AuthClose,
    AliasBind,
    AliasOfUser,
    UsersOfAlias,
    AliasUnbind,
    AliasClear,
    TagOverwrite,
    TagBind,
    TagUnbind,
    TagsOfUser,
    BlacklistAdd,
    BlacklistRemove,
    UserStatus,
    DeviceStatus,
    UserDetails,
    BadgeSet,
    UserCount,
    DeviceTokens,
}

/// JPush's ten endpoints of the property API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table of paths below says what each one is")]
pub enum JpushEndpoint {
    PropertyAdd,
    PropertyList,
    PropertyUpdate,
    PropertyDelete,
    PropertyDevices,
    PropertyTotal,
    DeviceValues,
    DeviceSet,
    DeviceRemove,
    DeviceHas,
}

/// An endpoint of either vendor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// One of Getui's.
    Getui(GetuiEndpoint),
    /// One of JPush's.
    Jpush(JpushEndpoint),
}

/// An endpoint, its name in stats and faults, its method, and its path behind the vendor's base; `{}` takes
/// any one part. Literal parts stand before open ones.
type Row = (Endpoint, &'static str, Method, &'static [&'static str]);

const TABLE: &[Row] = &{
    use Endpoint::{Getui as G, Jpush as J};
    use GetuiEndpoint as Ge;
    use JpushEndpoint as Je;
    use Method::{Delete, Get, Post, Put};
    [
        (G(Ge::AuthOpen), "getui.auth.open", Post, &["auth"]),
        (G(Ge::AuthClose), "getui.auth.close", Delete, &["auth", "{}"]),
        (G(Ge::AliasBind), "getui.alias.bind", Post, &["user", "alias"]),
        (G(Ge::AliasOfUser), "getui.alias.of_user", Get, &["user", "alias", "cid", "{}"]),
        (G(Ge::UsersOfAlias), "getui.alias.users", Get, &["user", "cid", "alias", "{}"]),
        (G(Ge::AliasUnbind), "getui.alias.unbind", Delete, &["user", "alias"]),
        (G(Ge::AliasClear), "getui.alias.clear", Delete, &["user", "alias", "{}"]),
        (G(Ge::TagOverwrite), "getui.tag.overwrite", Post, &["user", "custom_tag", "cid", "{}"]),
        (G(Ge::TagBind), "getui.tag.bind", Put, &["user", "custom_tag", "batch", "{}"]),
        (G(Ge::TagUnbind), "getui.tag.unbind", Delete, &["user", "custom_tag", "batch", "{}"]),
        (G(Ge::TagsOfUser), "getui.tag.of_user", Get, &["user", "custom_tag", "cid", "{}"]),
        (G(Ge::BlacklistAdd), "getui.blacklist.add", Post, &["user", "black", "cid", "{}"]),
        (G(Ge::BlacklistRemove), "getui.blacklist.remove", Delete, &["user", "black", "cid", "{}"]),
        (G(Ge::UserStatus), "getui.user.status", Get, &["user", "status", "{}"]),
        (G(Ge::DeviceStatus), "getui.user.device_status", Get, &["user", "deviceStatus", "{}"]),
        (G(Ge::UserDetails), "getui.user.details", Get, &["user", "detail", "{}"]),
        (G(Ge::BadgeSet), "getui.user.badge", Post, &["user", "badge", "cid", "{}"]),
        (G(Ge::UserCount), "getui.user.count", Post, &["user", "count"]),
        (G(Ge::DeviceTokens), "getui.device_token.bind", Post, &["user", "bind_dt", "{}"]),
        (J(Je::PropertyAdd), "jpush.property.add", Post, &["property"]),
        (J(Je::PropertyList), "jpush.property.list", Get, &["property"]),
        (J(Je::PropertyTotal), "jpush.property.total", Get, &["property", "total_num"]),
        (J(Je::PropertyUpdate), "jpush.property.update", Put, &["property", "{}"]),
        (J(Je::PropertyDelete), "jpush.property.delete", Delete, &["property", "{}"]),
        (J(Je::PropertyDevices), "jpush.property.devices", Get, &["property", "{}"]),
        (J(Je::DeviceSet), "jpush.device.set", Post, &["property", "bind", "registration_ids"]),
        (J(Je::DeviceValues), "jpush.device.values", Get, &["property", "bind", "{}"]),
        (J(Je::DeviceRemove), "jpush.device.remove", Delete, &["property", "{}", "bind", "{}"]),
        (J(Je::DeviceHas), "jpush.device.has", Get, &["property", "{}", "bind", "{}"]),
    ]
};

impl Endpoint {
    /// Every endpoint, Getui's first.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// Its name in stats, violations and faults, such as `getui.tag.bind`.
    ///
    /// # Panics
    /// Never: the table holds every endpoint, and a test says so.
    #[must_use]
    pub fn name(self) -> &'static str {
        TABLE.iter().find(|row| row.0 == self).map(|row| row.1).expect("the table holds every endpoint")
    }

    /// The endpoint of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Whose it is.
    #[must_use]
    pub const fn vendor(self) -> Vendor {
        match self {
            Self::Getui(_) => Vendor::Getui,
            Self::Jpush(_) => Vendor::Jpush,
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where a request goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route<'a> {
    /// To an endpoint.
    Found {
        /// Which.
        endpoint: Endpoint,
        /// The id of the app that stands in Getui's paths.
        app: &'a str,
        /// The open parts of the path, still encoded.
        parts: [&'a str; 2],
        /// What stands behind `?`, still encoded.
        query: &'a str,
    },
    /// The path is an endpoint's, the method is not.
    WrongMethod(Vendor),
    /// The path is no endpoint's.
    WrongPath(Vendor),
}

/// The longest path in parts, the id of the app not counted.
const PARTS_MAX: usize = 4;

/// Whose base a path stands behind: JPush's is `/v3`, everything else is taken for Getui's.
#[must_use]
pub fn vendor_of(path: &str) -> Vendor {
    let path = path.split('?').next().unwrap_or_default();
    if path == "/v3" || path.starts_with("/v3/") { Vendor::Jpush } else { Vendor::Getui }
}

/// Whether a path is an endpoint's with some method.
#[must_use]
pub fn is_known(path: &str) -> bool {
    !matches!(route(Method::Get, path), Route::WrongPath(_))
}

/// Where a request with this method and path goes. One slash at the end is ignored, as real clients send it.
#[must_use]
pub fn route(method: Method, path: &str) -> Route<'_> {
    let vendor = vendor_of(path);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = path.strip_suffix('/').unwrap_or(path);
    if vendor == Vendor::Jpush {
        return find(vendor, method, "", path.strip_prefix("/v3/").unwrap_or(""), query);
    }
    let rest = path.strip_prefix("/v2/").unwrap_or("");
    let (app, rest) = rest.split_once('/').unwrap_or((rest, ""));
    find(vendor, method, app, rest, query)
}

/// Whether everything on the way to a server takes the part away, with the one before it where it is `..`.
fn is_dots(part: &str) -> bool {
    matches!(part.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

fn find<'a>(vendor: Vendor, method: Method, app: &'a str, rest: &'a str, query: &'a str) -> Route<'a> {
    let mut given = [""; PARTS_MAX];
    let mut count = 0;
    for part in rest.split('/') {
        if count == PARTS_MAX || part.is_empty() || is_dots(part) {
            return Route::WrongPath(vendor);
        }
        given[count] = part;
        count += 1;
    }
    let mut route = Route::WrongPath(vendor);
    for (endpoint, _, wanted, pattern) in TABLE {
        let Some(parts) = open_parts(pattern, &given[..count]).filter(|_| endpoint.vendor() == vendor) else {
            continue;
        };
        if *wanted == method {
            return Route::Found { endpoint: *endpoint, app, parts, query };
        }
        route = Route::WrongMethod(vendor);
    }
    route
}

/// The open parts of a path that fits the pattern.
fn open_parts<'a>(pattern: &[&str], given: &[&'a str]) -> Option<[&'a str; 2]> {
    if pattern.len() != given.len() {
        return None;
    }
    let mut parts = [""; 2];
    let mut open = 0;
    for (wanted, part) in pattern.iter().zip(given) {
        if *wanted == "{}" {
            parts[open] = part;
            open += 1;
        } else if wanted != part {
            return None;
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: Method, path: &str, expected: &str) {
        let text = match route(method, path) {
            Route::Found { endpoint, app, parts, query } => {
                format!("{endpoint} [{app}] {} | {} ?{query}", parts[0], parts[1])
            }
            Route::WrongMethod(vendor) => format!("{} 405", vendor.word()),
            Route::WrongPath(vendor) => format!("{} 404", vendor.word()),
        };
        assert_eq!(text, expected, "{} {path}", method.word());
    }

    #[test]
    fn every_path_of_the_documents_has_its_endpoint() {
        use Method::{Delete, Get, Post, Put};
        check(Post, "/v2/APP/auth", "getui.auth.open [APP]  |  ?");
        check(Delete, "/v2/APP/auth/tok/", "getui.auth.close [APP] tok |  ?");
        check(Delete, "/v2/APP/user/alias", "getui.alias.unbind [APP]  |  ?");
        check(Delete, "/v2/APP/user/alias/bob", "getui.alias.clear [APP] bob |  ?");
        check(Get, "/v2/APP/user/alias/cid/c", "getui.alias.of_user [APP] c |  ?");
        check(Put, "/v2/APP/user/custom_tag/batch/%E5", "getui.tag.bind [APP] %E5 |  ?");
        check(Get, "/v3/property?page=1", "jpush.property.list []  |  ?page=1");
        check(Get, "/v3/property/total_num", "jpush.property.total []  |  ?");
        check(Get, "/v3/property/bind/reg", "jpush.device.values [] reg |  ?");
        check(Post, "/v3/property/bind/registration_ids", "jpush.device.set []  |  ?");
        check(Delete, "/v3/property/level/bind/reg", "jpush.device.remove [] level | reg ?");
    }

    #[test]
    fn what_is_no_endpoint_is_said_to_be_none() {
        check(Method::Put, "/v2/APP/user/alias", "getui 405");
        check(Method::Get, "/v2/APP/user/aliases", "getui 404");
        check(Method::Get, "/v3/device/alias", "jpush 404");
        check(Method::Get, "/v3/property//bind/reg", "jpush 404");
        check(Method::Get, "/", "getui 404");
        check(Method::Get, "/v3", "jpush 404");
        check(Method::Get, "/v3?page=1", "jpush 404");
        check(Method::Delete, "/v2/APP/user/alias/..", "getui 404");
        check(Method::Delete, "/v3/property/%2E/bind/reg", "jpush 404");
    }

    #[test]
    fn every_endpoint_has_one_name() {
        assert_eq!(Endpoint::all().count(), 29);
        for endpoint in Endpoint::all() {
            assert_eq!(Endpoint::named(endpoint.name()), Some(endpoint));
        }
    }
}
