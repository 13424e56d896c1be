//! The codes of every problem that reading files can find, for tools to hold on to.
//!
//! `structure::` is what the JSON Schema says too, so an editor and `validate` never disagree; `manifest::` and
//! `project::` are checks that no schema can express.

/// A file or folder is not there.
pub const FILE_MISSING: &str = "file::missing";
/// A file is wanted and something else is there.
pub const FILE_NOT_A_FILE: &str = "file::not_a_file";
/// A folder holds no manifest.
pub const FILE_EMPTY_FOLDER: &str = "file::empty_folder";
/// The system does not let us read it.
pub const FILE_UNREADABLE: &str = "file::unreadable";
/// It is larger than what is read.
pub const FILE_TOO_LARGE: &str = "file::too_large";
/// It is no UTF-8 text.
pub const FILE_NOT_UTF8: &str = "file::not_utf8";
/// The path leads out of the project.
pub const FILE_OUTSIDE: &str = "file::outside";
/// Folders are nested too deeply, or there are too many files.
pub const FILE_TOO_MANY: &str = "file::too_many";

/// The text is no YAML.
pub const YAML_SYNTAX: &str = "yaml::syntax";
/// An anchor or an alias.
pub const YAML_ANCHOR: &str = "yaml::anchor";
/// A merge key.
pub const YAML_MERGE_KEY: &str = "yaml::merge_key";
/// A tag.
pub const YAML_TAG: &str = "yaml::tag";
/// A key that is empty, a list or a mapping.
pub const YAML_KEY: &str = "yaml::key";
/// The same key twice in one mapping.
pub const YAML_DUPLICATE_KEY: &str = "yaml::duplicate_key";
/// Too many nodes.
pub const YAML_TOO_LARGE: &str = "yaml::too_large";

/// A directive, which has no place in a canonical layout.
pub const YAML_DIRECTIVE: &str = "yaml::directive";
/// A layout that would not read as what was laid out.
pub const FORMAT_DIFFERS: &str = "format::differs";

/// A mapping where text is wanted, and the like.
pub const WRONG_TYPE: &str = "structure::wrong_type";
/// A key that nothing knows.
pub const UNKNOWN_KEY: &str = "structure::unknown_key";
/// A key that has to be there.
pub const MISSING_KEY: &str = "structure::missing_key";
/// Too many or too few items.
pub const COUNT: &str = "structure::count";
/// No alias.
pub const ALIAS: &str = "structure::alias";
/// No tag.
pub const TAG: &str = "structure::tag";
/// No user id.
pub const USER: &str = "structure::user";
/// No registration id.
pub const REGISTRATION_ID: &str = "structure::registration_id";
/// No device token.
pub const DEVICE_TOKEN: &str = "structure::device_token";
/// No name of a property.
pub const PROPERTY_NAME: &str = "structure::property_name";
/// No description of a property.
pub const DESCRIPTION: &str = "structure::description";
/// No value of a property.
pub const VALUE: &str = "structure::value";
/// None of the words that can stand here.
pub const CHOICE: &str = "structure::choice";
/// No path of a file.
pub const PATH: &str = "structure::path";
/// No public id of an account.
pub const ACCOUNT: &str = "structure::account";
/// No secret: empty.
pub const SECRET: &str = "structure::secret";
/// No address of an API.
pub const URL: &str = "structure::url";
/// No name of a time zone.
pub const ZONE: &str = "structure::zone";
/// No limit.
pub const LIMIT: &str = "structure::limit";
/// No share in percent.
pub const PERCENT: &str = "structure::percent";
/// No whole number in range.
pub const NUMBER: &str = "structure::number";
/// No length of time.
pub const LENGTH: &str = "structure::length";
/// No place for the state.
pub const STATE: &str = "structure::state";

/// A CSV file without a header.
pub const CSV_HEADER: &str = "csv::header";
/// A column that nothing knows.
pub const CSV_UNKNOWN_COLUMN: &str = "csv::unknown_column";
/// A column that has to be there.
pub const CSV_MISSING_COLUMN: &str = "csv::missing_column";
/// A column twice.
pub const CSV_DUPLICATE_COLUMN: &str = "csv::duplicate_column";
/// A record with more or fewer fields than the header.
pub const CSV_FIELDS: &str = "csv::fields";
/// A record that cannot be read.
pub const CSV_RECORD: &str = "csv::record";
/// A quote that takes in what stands behind it, or closes before its field ends.
pub const CSV_QUOTE: &str = "csv::quote";

/// The same thing declared twice.
pub const DECLARED_TWICE: &str = "manifest::declared_twice";
/// The same item twice in one list.
pub const LISTED_TWICE: &str = "manifest::listed_twice";
/// A user with two aliases.
pub const TWO_ALIASES: &str = "manifest::two_aliases";
/// More users on an alias than the vendor allows.
pub const TOO_MANY_USERS: &str = "manifest::too_many_users";
/// More tags on a user than the vendor allows.
pub const TOO_MANY_TAGS: &str = "manifest::too_many_tags";
/// A member of a tag whose exact set lacks it.
pub const NOT_IN_SET: &str = "manifest::not_in_set";
/// A value of a property that nothing declares.
pub const UNKNOWN_PROPERTY: &str = "manifest::unknown_property";
/// A value that its property's type does not hold.
pub const VALUE_TYPE: &str = "manifest::value_type";
/// A property's name or description of too many bytes.
pub const TOO_MANY_BYTES: &str = "manifest::too_many_bytes";
/// A name that may not be the one that was meant: something in it cannot be seen, or looks like a sign of the file.
pub const DOUBTFUL_NAME: &str = "manifest::doubtful_name";
/// A section of a vendor that the project file has no account for.
pub const NO_ACCOUNT: &str = "manifest::no_account";
/// An alias of more bytes than older pages allow.
pub const ALIAS_BYTES: &str = "manifest::alias_bytes";
/// A set of tags that one overwrite cannot carry.
pub const SET_TOO_LONG: &str = "manifest::set_too_long";
/// The rows of the manifests need a temporary file, and it cannot be written or read.
pub const TEMPORARY_FILE: &str = "manifest::temporary_file";

/// More than one document in the project file.
pub const DOCUMENTS: &str = "project::documents";
/// A secret that stands in the file.
pub const LITERAL_SECRET: &str = "project::literal_secret";
/// A variable that is not set.
pub const VARIABLE: &str = "project::variable";
/// `${` that is no reference to a variable.
pub const REFERENCE: &str = "project::reference";
/// An address that is neither https nor loopback.
pub const BASE_URL: &str = "project::base_url";
/// A time zone that nobody knows.
pub const UNKNOWN_ZONE: &str = "project::unknown_zone";
/// A limit that cannot be meant.
pub const LIMIT_RANGE: &str = "project::limit_range";
/// A variable's text that does not fit where it is used.
pub const EXPANDED: &str = "project::expanded";
/// Neither vendor has an account.
pub const NO_VENDOR: &str = "project::no_account";
