//! What a provider must answer: how reads and writes look on the wire, what they spend, and what a reply
//! means. It has no way to send.
//!
//! Sizes and character sets of what may be declared stand here too, each with the page it comes from, since
//! the manifests are checked against them.

use crate::names::{Name, Names};
use crate::quota::{Quotas, Spend};
use crate::secret::Secret;
use crate::table::Kind;
use crate::timestamp::Timestamp;
use crate::wire::{Reply, Request, Vendor};

pub mod limits;
mod property;

pub use property::{Definition, PropertyType};

/// One question to a vendor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// A user's alias.
    AliasOf(Name),
    /// An alias's users.
    UsersOf(Name),
    /// A user's tags.
    TagsOf(Name),
    /// Which of these users are unknown; at most [`Provider::unknown_max`] of them.
    Unknown(Vec<Name>),
    /// How many users carry a tag.
    CountOf(Name),
    /// One page of the properties, from 1.
    Properties(u32),
    /// One page of the devices that have a value of a property, from 1.
    DevicesOf(Name, u32),
    /// A device's values.
    ValuesOf(Name),
    /// Whether a device has a value of a property: device, property.
    HasValue(Name, Name),
}

impl Read {
    /// Whose API answers it.
    #[must_use]
    pub const fn vendor(&self) -> Vendor {
        match self {
            Self::AliasOf(_) | Self::UsersOf(_) | Self::TagsOf(_) | Self::Unknown(_) | Self::CountOf(_) => {
                Vendor::Getui
            }
            Self::Properties(_) | Self::DevicesOf(..) | Self::ValuesOf(_) | Self::HasValue(..) => {
                Vendor::Jpush
            }
        }
    }
}

/// The answer to a [`Read`], with texts as the vendor wrote them.
///
/// How much one page holds is the vendor's affair, and may be less than was asked for: whoever wants all of it
/// asks for page after page from 1, until `total` are there or a page brings nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// To `AliasOf`: the alias, if there is one.
    Alias(Option<String>),
    /// To `UsersOf`, `TagsOf`, `Unknown`: the users, the tags, the unknown users.
    Texts(Vec<String>),
    /// To `CountOf`.
    Count(u64),
    /// To `Properties`.
    Properties {
        /// How many there are on all pages.
        total: u64,
        /// Name, type's word, description, number of devices.
        page: Vec<(String, String, String, u64)>,
    },
    /// To `DevicesOf`.
    Devices {
        /// How many there are on all pages.
        total: u64,
        /// Their registration ids.
        page: Vec<String>,
    },
    /// To `ValuesOf`: property and value.
    Values(Vec<(String, String)>),
    /// To `HasValue`.
    Has(bool),
}

/// One call that changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Gives each user this alias: pairs of user and alias.
    BindAliases(Vec<(Name, Name)>),
    /// Takes from each user this alias: pairs of user and alias.
    UnbindAliases(Vec<(Name, Name)>),
    /// Takes an alias from everybody who has it: the alias, and those who are known to.
    ClearAlias(Name, Vec<Name>),
    /// Sets all of one user's tags; `drops` are those known to go by it.
    OverwriteTags {
        /// The user.
        user: Name,
        /// Everything the user carries afterwards, 1 to 100 tags.
        tags: Vec<Name>,
        /// What the user carries now and not afterwards.
        drops: Vec<Name>,
        /// Those of `tags` that are only carried along, because the user has them. With this, be it empty, the user's
        /// tags are read immediately before the call is sent, and what they are then is carried along; without it
        /// nothing but `tags` is left.
        carried: Option<Vec<Name>>,
    },
    /// Gives these users a tag.
    BindTag(Name, Vec<Name>),
    /// Takes a tag from these users.
    UnbindTag(Name, Vec<Name>),
    /// Puts these users on the blacklist.
    Block(Vec<Name>),
    /// Takes these users off the blacklist.
    Unblock(Vec<Name>),
    /// Binds tokens on a channel: pairs of user and token.
    BindTokens(Name, Vec<(Name, Name)>),
    /// Unbinds tokens on a channel.
    UnbindTokens(Name, Vec<Name>),
    /// Creates a property with this definition (see [`Definition`]).
    CreateProperty(Name, Name),
    /// Gives a property this definition's description.
    DescribeProperty(Name, Name),
    /// Deletes a property and all its values.
    DeleteProperty(Name),
    /// Sets values: device, property, value; sorted by device, at most 1000 devices.
    SetValues(Vec<(Name, Name, Name)>),
    /// Removes one property's value from one device: device, property.
    RemoveValue(Name, Name),
}

impl Write {
    /// The kind of the rows it changes.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::BindAliases(_) | Self::UnbindAliases(_) | Self::ClearAlias(..) => Kind::Alias,
            Self::OverwriteTags { .. } | Self::BindTag(..) | Self::UnbindTag(..) => Kind::Tag,
            Self::Block(_) | Self::Unblock(_) => Kind::Blacklist,
            Self::BindTokens(..) | Self::UnbindTokens(..) => Kind::DeviceToken,
            Self::CreateProperty(..) | Self::DescribeProperty(..) | Self::DeleteProperty(_) => Kind::Property,
            Self::SetValues(_) | Self::RemoveValue(..) => Kind::Device,
        }
    }

    /// Whose API takes it.
    #[must_use]
    pub const fn vendor(&self) -> Vendor {
        self.kind().vendor()
    }

    /// The question that is asked immediately before it is sent: the answer is a part of it.
    #[must_use]
    pub const fn reads_first(&self) -> Option<Read> {
        match self {
            Self::OverwriteTags { user, carried: Some(_), .. } => Some(Read::TagsOf(*user)),
            Self::OverwriteTags { carried: None, .. }
            | Self::BindAliases(_)
            | Self::UnbindAliases(_)
            | Self::ClearAlias(..)
            | Self::BindTag(..)
            | Self::UnbindTag(..)
            | Self::Block(_)
            | Self::Unblock(_)
            | Self::BindTokens(..)
            | Self::UnbindTokens(..)
            | Self::CreateProperty(..)
            | Self::DescribeProperty(..)
            | Self::DeleteProperty(_)
            | Self::SetValues(_)
            | Self::RemoveValue(..) => None,
        }
    }

    /// The question whose answer tells whether it was carried out, where one call tells it: it is asked before the call
    /// is repeated.
    #[must_use]
    pub const fn look_up(&self) -> Option<Read> {
        match self {
            Self::OverwriteTags { user, .. } => Some(Read::TagsOf(*user)),
            Self::BindAliases(_)
            | Self::UnbindAliases(_)
            | Self::ClearAlias(..)
            | Self::BindTag(..)
            | Self::UnbindTag(..)
            | Self::Block(_)
            | Self::Unblock(_)
            | Self::BindTokens(..)
            | Self::UnbindTokens(..)
            | Self::CreateProperty(..)
            | Self::DescribeProperty(..)
            | Self::DeleteProperty(_)
            | Self::SetValues(_)
            | Self::RemoveValue(..) => None,
        }
    }

    /// Whether the vendor takes it first and carries it out later (Getui, "一批用户绑定一个标签": 此接口是异步的,会有延迟).
    #[must_use]
    pub const fn is_asynchronous(&self) -> bool {
        matches!(self, Self::BindTag(..))
    }

    /// How many calls it takes on the wire.
    #[must_use]
    pub fn wire_calls(&self) -> u64 {
        if self.reads_first().is_some() { 2 } else { 1 }
    }

    /// Whether sending it twice ends the same as sending it once, for everybody: else a call in doubt is looked
    /// up before it is repeated.
    #[must_use]
    pub const fn is_harmless_to_repeat(&self) -> bool {
        match self {
            Self::BindAliases(_)
            | Self::UnbindAliases(_)
            | Self::ClearAlias(..)
            | Self::BindTag(..)
            | Self::UnbindTag(..)
            | Self::Block(_)
            | Self::Unblock(_)
            | Self::BindTokens(..)
            | Self::UnbindTokens(..)
            | Self::DescribeProperty(..)
            | Self::SetValues(_)
            | Self::RemoveValue(..) => true,
            // The second overwrite of a day is refused; a second create or delete is an error of its own.
            Self::OverwriteTags { .. } | Self::CreateProperty(..) | Self::DeleteProperty(_) => false,
        }
    }
}

/// What the answer to [`Write::reads_first`] or [`Write::look_up`] makes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AfterLook {
    /// It is so already: nothing has to be sent.
    Done,
    /// This has to be sent.
    Send(Request),
    /// It cannot be sent any more: who does not fit and why, as a sentence.
    Unfit(String),
}

/// One row that a call did not make true, although the call as a whole was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The row's subject, as the vendor names it.
    pub subject: String,
    /// The vendor's code, where it gives one.
    pub code: Option<i64>,
    /// The vendor's words, or ours where it gives none.
    pub words: String,
}

/// What to do about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The session has ended: sign in again and repeat. The call was not carried out.
    SignIn,
    /// A limit of these milliseconds is used up, in the vendor's count: wait that long and repeat. Not carried out.
    Wait(i64),
    /// The day's limit is used up, in the vendor's count: repeat tomorrow. Not carried out.
    Tomorrow,
    /// The service is busy or broken: repeat soon. It may have been carried out.
    Retry,
    /// Repeating it will not help.
    GiveUp,
}

/// A refusal, in the vendor's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The vendor's code, where it gives one.
    pub code: Option<i64>,
    /// The vendor's words, cut at 300 characters.
    pub words: String,
    /// What to do now.
    pub remedy: Remedy,
    /// What a person should do: a sentence.
    pub advice: String,
}

/// What a reply means.
pub type Verdict<T> = std::result::Result<T, Refusal>;

/// A session that a vendor gave us.
#[derive(Clone, Debug)]
pub struct Session {
    /// What goes into the header.
    pub token: Secret,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What a reply's headers say of a shared limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The limit, in calls per window.
    pub limit: Option<u32>,
    /// What is left of it.
    pub remaining: u32,
    /// Milliseconds to the end of the window.
    pub reset_ms: i64,
}

/// One vendor's account: pure functions from words to requests and from replies to words.
pub trait Provider {
    /// Whose.
    fn vendor(&self) -> Vendor;
    /// The account, in words that may be stored and shown (the app's public id).
    fn account(&self) -> String;
    /// The request of a question, without authorization.
    fn read(&self, read: &Read, names: &Names) -> Request;
    /// What a question spends.
    fn read_spends(&self, read: &Read, quotas: &Quotas) -> Vec<Spend>;
    /// What the reply to a question means.
    ///
    /// # Errors
    /// The refusal.
    fn answer(&self, read: &Read, names: &Names, reply: &Reply) -> Verdict<Answer>;
    /// The request of a call, without authorization.
    fn write(&self, write: &Write, names: &Names) -> Request;
    /// The same once the question was answered that it asks first, or that tells whether it was carried out.
    fn write_after(&self, write: &Write, names: &Names, _answer: &Answer) -> AfterLook {
        AfterLook::Send(self.write(write, names))
    }
    /// What a call spends, with the question that it asks first; a quota that both spend is named twice.
    fn write_spends(&self, write: &Write, names: &Names, quotas: &Quotas) -> Vec<Spend>;
    /// What the reply to a call means: the rows that it did not make true.
    ///
    /// # Errors
    /// The refusal.
    fn judge(&self, write: &Write, names: &Names, reply: &Reply) -> Verdict<Vec<Failed>>;
    /// The most subjects that one call of this sort takes; 1 for the kinds of another vendor.
    fn batch_max(&self, kind: Kind) -> usize;
    /// The most users that one [`Read::Unknown`] asks for.
    fn unknown_max(&self) -> usize;
    /// The request that begins a session, where one is needed.
    fn sign_in(&self, now: Timestamp) -> Option<Request>;
    /// What [`Provider::sign_in`] spends.
    fn sign_in_spends(&self, quotas: &Quotas) -> Vec<Spend>;
    /// The session of the reply to [`Provider::sign_in`].
    ///
    /// # Errors
    /// The refusal.
    fn session(&self, reply: &Reply, now: Timestamp) -> Verdict<Session>;
    /// The request with its authorization.
    fn authorize(&self, request: Request, session: Option<&Session>) -> Request;
    /// The request that ends a session early, where the vendor takes one; its path may be a secret.
    fn sign_out(&self, _session: &Session) -> Option<Request> {
        None
    }
    /// A refusal without the account's secrets, should the vendor have repeated them. `answer` and `judge` see to
    /// it themselves; this is for requests that are neither a [`Read`] nor a [`Write`].
    fn without_secrets(&self, refusal: Refusal) -> Refusal {
        refusal
    }
    /// What the headers of a reply say about limits.
    fn shown(&self, reply: &Reply) -> Option<Shown>;
}
