//! What may be declared. Checked against the vendors' documents on 2026-11-22.
//!
//! How much one call takes is the providers'.

/// Getui, "绑定别名": 长度<40字, so 39 characters at most.
pub const ALIAS_CHARS_MAX: usize = 39;
/// Getui, older pages: 40 bytes. Only warned about.
pub const ALIAS_BYTES_WARN: usize = 40;
/// Getui, "绑定别名": 一个别名最多允许绑定10个cid.
pub const ALIAS_USERS_MAX: usize = 10;
/// Getui, "一个用户绑定一批标签": 最多设置100个标签.
pub const USER_TAGS_MAX: usize = 100;
/// Getui, same page: 单个标签长度最大为32字符.
pub const TAG_CHARS_MAX: usize = 32;
/// Getui, same page: 标签总长度最大为512个字符, for one overwrite.
pub const OVERWRITE_CHARS_MAX: usize = 512;
/// JPush, "新增用户属性": 长度限制 50 字节.
pub const PROPERTY_NAME_BYTES_MAX: usize = 50;
/// JPush, same page: 长度限制 50 字节.
pub const PROPERTY_DESCRIPTION_BYTES_MAX: usize = 50;
/// Path words of JPush's property API: no property can bear them.
pub const PROPERTY_NAMES_RESERVED: [&str; 2] = ["total_num", "bind"];
/// Getui, "批量绑定或解绑cid和deviceToken": the channels of `$type`.
pub const CHANNELS: [&str; 13] =
    ["wx", "hw", "hwq", "ho", "xm", "op", "opg", "vv", "mz", "fcm", "st", "sn", "ios"];
